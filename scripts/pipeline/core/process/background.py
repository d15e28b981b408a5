"""Run a program whose output goes to a file as it comes, or that outlives this one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.process.endings import not_started, signal_group
from pipeline.core.process.environment import LOCAL, Surroundings


@dataclass(frozen=True)
class Logged:
    """A program that ended: exit code (negative: killed by that signal); whether over its limit."""

    code: int
    timed_out: bool


def run_logged(
    argv: Sequence[str],
    *,
    log: Path,
    timeout: float,
    last_words: int = signal.SIGTERM,
    patience: float = 1.0,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    surroundings: Surroundings = LOCAL,
) -> Logged:
    """Run a program that may hang or crash; all that it prints goes to a file as it comes.

    Args:
        argv: program and arguments.
        log: file that gets standard output and standard error.
        timeout: limit in seconds.
        last_words: signal that asks the program, when the limit is over, to say what it does.
        patience: seconds that it then has, before it and its children are killed.
        cwd: working directory.
        env: variables that it gets in addition.
        surroundings: which variables of the caller it gets.

    Raises:
        ToolError: the program is missing.
    """
    with open(log, "ab", opener=_private) as stream:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=surroundings.variables(os.environ, env),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise not_started(argv[0], cwd, error) from error
        try:
            return Logged(process.wait(timeout), False)
        except subprocess.TimeoutExpired:
            process.send_signal(last_words)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
            return Logged(process.poll() or 0, True)
        finally:
            signal_group(process, signal.SIGKILL)  # children of a dead program, too
            process.wait()


def run_appending(argv: Sequence[str], output: Path, pass_fds: Sequence[int] = ()) -> int:
    """Run a program to its end, however long that takes; both its outputs are appended to a file.

    It gets the signals that this process gets by its terminal, and those alone; and its whole
    environment, for it is the pipeline itself, which chooses what others get.

    Args:
        argv: program and arguments.
        output: the file.
        pass_fds: open files that it inherits, under their numbers here.

    Returns:
        Its exit code; negative: the signal that killed it.
    """
    with open(output, "ab", opener=_private) as stream:
        return subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
        ).returncode


def _private(path: str, flags: int) -> int:
    """Open what a program's output goes to: it can have data of the database in it."""
    return os.open(path, flags, 0o600)


def detach(argv: Sequence[str], cwd: Path) -> None:
    """Start a program that outlives this one and its terminal: the pipeline itself.

    Raises:
        ToolError: it is missing, or the folder is.
    """
    try:
        subprocess.Popen(
            list(argv),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise not_started(argv[0], cwd, error) from error
