"""The one tree of errors. Each class has one exit code; ``cli.main`` maps it, once."""

from __future__ import annotations


class PipelineError(Exception):
    """Anything that a user can act on.

    Args:
        message: what happened, and to what (a path, a key, a command).
        fix: what to do next, one sentence.
    """

    exit_code = 70  # EX_SOFTWARE: a subclass names the real reason

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
    """An argument, a path or a file of the user's is not usable."""

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
    """A VM cannot be reached, is not the one that is meant, or lets nobody in."""

    exit_code = 7


class ConnectionLost(PipelineError):
    """A connection broke. What runs on the VM keeps running."""

    exit_code = 8


class Refused(PipelineError):
    """A deployment or restore would do harm; nothing was touched."""

    exit_code = 10


class Locked(PipelineError):
    """Another deployment has the environment."""

    exit_code = 11


class RolledBack(PipelineError):
    """It failed, and everything is as it was before."""

    exit_code = 12


class Killed(PipelineError):
    """A command on a VM died without a word."""

    exit_code = 15


class Stopped(PipelineError):
    """It failed, and the environment waits, stopped, for a decision."""

    exit_code = 13


class NeedsResume(PipelineError):
    """It failed or was interrupted half way, and so far could not be undone."""

    exit_code = 14
