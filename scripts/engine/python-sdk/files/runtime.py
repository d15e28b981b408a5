#!/usr/local/bin/python
"""Run, or register, the functions of the module."""

import sys

from dagger.mod.cli import app

sys.exit(app(None, "--register" in sys.argv[1:]))
