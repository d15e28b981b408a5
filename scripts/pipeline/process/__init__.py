"""The only package that runs other programs. Commands are argument lists, never shell text."""

from pipeline.process.background import Logged, detach, run_appending, run_logged
from pipeline.process.capture import Completed, run
from pipeline.process.environment import (
    DATABASE,
    DOCKER,
    INTERNET,
    LOCAL,
    PROJECT,
    Surroundings,
)
from pipeline.process.redaction import last_lines as tail
from pipeline.process.redaction import safe
from pipeline.process.start import ISOLATED, become, owner_of, settle, work_in
from pipeline.process.streaming import Program, stream

__all__ = [
    "DATABASE",
    "DOCKER",
    "INTERNET",
    "ISOLATED",
    "LOCAL",
    "PROJECT",
    "Completed",
    "Logged",
    "Program",
    "Surroundings",
    "become",
    "detach",
    "owner_of",
    "run",
    "run_appending",
    "run_logged",
    "safe",
    "settle",
    "stream",
    "tail",
    "work_in",
]
