"""The only package that runs other programs. Commands are argument lists, never shell text."""

from pipeline.process.background import Logged, detach, run_appending, run_logged
from pipeline.process.capture import Completed, run
from pipeline.process.redaction import last_lines as tail
from pipeline.process.redaction import safe
from pipeline.process.streaming import Program, stream

__all__ = [
    "Completed",
    "Logged",
    "Program",
    "detach",
    "run",
    "run_appending",
    "run_logged",
    "safe",
    "stream",
    "tail",
]
