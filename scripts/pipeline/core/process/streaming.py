"""Run a program and exchange bytes with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.process.endings import not_started, signal_group
from pipeline.core.process.environment import LOCAL, Surroundings
from pipeline.core.process.redaction import quoted

#: A running program, with its input and output in bytes.
Program: TypeAlias = "subprocess.Popen[bytes]"


@contextlib.contextmanager
def stream(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    surroundings: Surroundings = LOCAL,
    timeout: float | None = None,
) -> Iterator[Program]:
    """Run a program, exchange bytes with it, and end it with the block.

    Leaving the block closes its input and waits for it.

    Args:
        argv: program and arguments.
        cwd: working directory.
        env: variables that it gets in addition.
        surroundings: which variables of the caller it gets.
        timeout: limit in seconds, after which the program and its children are killed.

    Raises:
        ToolError: the program is missing, or its exit code is not 0; the message has the end of its
            standard error.
        TimeLimitError: it ran longer than ``timeout``.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=surroundings.variables(os.environ, env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise not_started(argv[0], cwd, error) from error
        late = threading.Event()

        def end() -> None:
            late.set()
            signal_group(process, signal.SIGKILL)

        clock = threading.Timer(timeout or 0, end)
        if timeout is not None:
            clock.start()
        try:
            with contextlib.suppress(BrokenPipeError), process:  # waits
                try:
                    yield process
                    _hear_out(process)
                except BrokenPipeError:
                    pass  # its exit code tells why it no longer reads
                except BaseException:
                    signal_group(process, signal.SIGKILL)
                    raise
        finally:
            clock.cancel()
        if late.is_set():
            raise TimeLimitError(
                f"`{' '.join(argv[:3])} …` did not end within {timeout:g} s",
                "find out what it is waiting for, or raise its time limit in pipeline.toml",
            )
        if process.returncode:
            errors.seek(0)
            said = quoted(argv, errors.read().decode("utf-8", "replace"))
            raise ToolError(
                f"`{' '.join(argv[:3])} …` ended with exit code {process.returncode}:\n{said}",
                "read the lines above; run the command by hand for more",
            )


def _hear_out(process: Program) -> None:
    """Close a program's input, and read the rest of its output: closing that would kill it."""
    if process.stdin and not process.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    while process.stdout and not process.stdout.closed and process.stdout.read(1 << 16):
        pass
