"""The only package that runs other programs. Commands are argument lists, never shell text."""

from pipeline.core.process.background import Logged, detach, run_appending, run_logged
from pipeline.core.process.capture import Completed, run
from pipeline.core.process.environment import (
    DATABASE,
    DOCKER,
    INTERNET,
    LOCAL,
    PACKAGES,
    PROJECT,
    Surroundings,
)
from pipeline.core.process.redaction import last_lines as tail
from pipeline.core.process.redaction import safe
from pipeline.core.process.start import ISOLATED, become, owner_of, settle, work_in
from pipeline.core.process.streaming import Program, stream

__all__ = [
    "DATABASE",
    "DOCKER",
    "INTERNET",
    "ISOLATED",
    "LOCAL",
    "PACKAGES",
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
