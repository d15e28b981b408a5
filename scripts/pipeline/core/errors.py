"""The one tree of errors. Each class has one exit code; ``cli.main`` maps it, once."""

from __future__ import annotations


class PipelineError(Exception):
    """Any error that a user can act on.

    Args:
        message: what happened, and to what (a path, a key, a command).
        fix: what to do next, one sentence.
    """

    exit_code = 70  # EX_SOFTWARE: subclasses give the actual reason

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  what to do: {self.fix}"


class CheckFailed(PipelineError):
    """A check ran and found something."""

    exit_code = 1


class InputError(PipelineError):
    """A user's argument, path or file is not usable."""

    exit_code = 2


class SettingsError(PipelineError):
    """``pipeline.toml`` is not usable."""

    exit_code = 3


class ToolError(PipelineError):
    """A program that the pipeline calls is missing or failed in an unexpected way."""

    exit_code = 4


class TimeLimitError(PipelineError):
    """Something did not end within its time limit."""

    exit_code = 5


class RegistryError(PipelineError):
    """An image registry refused, failed, or does not have what it should."""

    exit_code = 6


class GitHubError(PipelineError):
    """GitHub refused, failed, or does not answer."""

    exit_code = 9


class SshError(PipelineError):
    """A VM cannot be reached, is not the intended one, or refuses the login."""

    exit_code = 7


class ConnectionLost(PipelineError):
    """A connection broke. What runs on the VM keeps running."""

    exit_code = 8


class Refused(PipelineError):
    """A deployment or restore would do harm; nothing was changed."""

    exit_code = 10


class Locked(PipelineError):
    """Another run holds the environment's lock."""

    exit_code = 11


class RolledBack(PipelineError):
    """The run failed and was rolled back: everything is as before."""

    exit_code = 12


class Killed(PipelineError):
    """A command on a VM died without reporting why."""

    exit_code = 15


class Stopped(PipelineError):
    """The run failed; the environment is stopped and waiting for a decision."""

    exit_code = 13


class NeedsResume(PipelineError):
    """The run failed or was interrupted half way, and could not be undone so far."""

    exit_code = 14
