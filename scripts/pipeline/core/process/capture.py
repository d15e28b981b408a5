"""Run a program to its end and return its output."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.process.endings import not_started, stop
from pipeline.core.process.environment import LOCAL, Surroundings
from pipeline.core.process.redaction import quoted


@dataclass(frozen=True)
class Completed:
    """A program that ended: exit code (negative: killed by that signal) and its output."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    surroundings: Surroundings = LOCAL,
    stdin: str | None = None,
    timeout: float | None = None,
    ok: Sequence[int] = (0,),
) -> Completed:
    """Run a program to its end and capture what it prints.

    Args:
        argv: program and arguments.
        cwd: working directory.
        env: variables that it gets in addition.
        surroundings: which variables of the caller it gets.
        stdin: text for standard input; without it, standard input is empty.
        timeout: limit in seconds.
        ok: exit codes that are not an error.

    Raises:
        ToolError: the program is missing, or ended with another exit code.
        TimeLimitError: it ran longer than ``timeout``.
    """
    name = argv[0]
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=surroundings.variables(os.environ, env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that its children are killed with it
        )
    except OSError as error:
        raise not_started(name, cwd, error) from error
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        stop(process)
        raise TimeLimitError(
            f"`{name}` did not end within {timeout:g} s",
            "find out what it is waiting for, or raise its time limit in pipeline.toml",
        ) from error
    except BaseException:
        stop(process)
        raise
    completed = Completed(tuple(argv), process.returncode, stdout, stderr)
    if process.returncode not in ok:
        raise ToolError(
            f"`{' '.join(argv[:3])} …` ended with exit code {process.returncode}:\n"
            f"{quoted(argv, stderr or stdout)}",
            "read the lines above; run the command by hand for more",
        )
    return completed
