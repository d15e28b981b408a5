"""Run a program that writes its output to a file as it runs, or that outlives this one."""

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
    """A finished program: exit code (negative: killed by that signal), and whether it timed out."""

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
    """Run a program that may hang or crash; its output goes to a file as it is printed.

    Args:
        argv: program and arguments.
        log: file that gets standard output and standard error.
        timeout: limit in seconds.
        last_words: signal that asks the program, once the limit has passed, to report what it is
            doing.
        patience: seconds it then has before it and its children are killed.
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
            signal_group(process, signal.SIGKILL)  # also children of a dead program
            process.wait()


def run_appending(argv: Sequence[str], output: Path, pass_fds: Sequence[int] = ()) -> int:
    """Run a program to its end, without a time limit; its output and errors are appended to a file.

    It gets only the signals that this process gets from its terminal, and its whole environment,
    because it is the pipeline itself, which chooses what other programs get.

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
    """Open the file for a program's output, privately: it can contain data of the database."""
    return os.open(path, flags, 0o600)


def detach(argv: Sequence[str], cwd: Path) -> None:
    """Start a program that outlives this one and its terminal: the pipeline itself.

    Raises:
        ToolError: the program or the folder is missing.
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
