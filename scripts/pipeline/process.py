"""The only module that runs other programs. Commands are argument lists, never shell text."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pipeline.errors import TimeLimitError, ToolError

#: Seconds between the polite signal and SIGKILL when a time limit is over.
GRACE_SECONDS = 10.0


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
    stdin: str | None = None,
    timeout: float | None = None,
    ok: Sequence[int] = (0,),
) -> Completed:
    """Run a program to its end and capture what it prints.

    Args:
        argv: program and arguments.
        cwd: working directory.
        env: variables added to the current environment.
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
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that its children end with it
        )
    except OSError as error:
        raise _not_started(name, cwd, error) from error
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        stop(process)
        raise TimeLimitError(
            f"`{name}` did not end within {timeout:g} s",
            "find out what it waits for, or raise its time limit in pipeline.toml",
        ) from error
    except BaseException:
        stop(process)
        raise
    completed = Completed(tuple(argv), process.returncode, stdout, stderr)
    if process.returncode not in ok:
        raise ToolError(
            f"`{' '.join(argv[:3])} …` ended with exit code {process.returncode}:\n"
            f"{tail(stderr or stdout)}",
            "read the lines above; run the command by hand for more",
        )
    return completed


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
) -> Logged:
    """Run a program that may hang or crash; all that it prints goes to a file as it comes.

    Args:
        argv: program and arguments.
        log: file that gets standard output and standard error.
        timeout: limit in seconds.
        last_words: signal that asks the program, when the limit is over, to say what it does.
        patience: seconds that it then has, before it and its children are killed.
        cwd: working directory.
        env: variables added to the current environment.

    Raises:
        ToolError: the program is missing.
    """
    with log.open("ab") as stream:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(argv[0], cwd, error) from error
        try:
            return Logged(process.wait(timeout), False)
        except subprocess.TimeoutExpired:
            process.send_signal(last_words)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
            return Logged(process.poll() or 0, True)
        finally:
            _signal_group(process, signal.SIGKILL)  # children of a dead program, too
            process.wait()


def run_appending(argv: Sequence[str], output: Path, pass_fds: Sequence[int] = ()) -> int:
    """Run a program to its end, however long that takes; both its outputs are appended to a file.

    It gets the signals that this process gets by its terminal, and those alone.

    Args:
        argv: program and arguments.
        output: the file.
        pass_fds: open files that it inherits, under their numbers here.

    Returns:
        Its exit code; negative: the signal that killed it.
    """
    with output.open("ab") as stream:
        return subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
        ).returncode


def detach(argv: Sequence[str], cwd: Path) -> None:
    """Start a program that outlives this one and its terminal.

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
        raise _not_started(argv[0], cwd, error) from error


#: A running program, with its input and output in bytes.
Program: TypeAlias = "subprocess.Popen[bytes]"


@contextlib.contextmanager
def stream(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Iterator[Program]:
    """Run a program that is talked with, in bytes, and end it with the block.

    Leaving the block closes its input and waits for it.

    Args:
        argv: program and arguments.
        cwd: working directory.
        env: variables added to the current environment.
        timeout: limit in seconds; the program is killed when it is over.

    Raises:
        ToolError: the program is missing, or ended with another exit code than 0; the message has
            the end of its standard error.
        TimeLimitError: it ran longer than ``timeout``.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise _not_started(argv[0], cwd, error) from error
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(timeout or 0, end)
        if timeout is not None:
            clock.start()
        try:
            with contextlib.suppress(BrokenPipeError), process:  # waits
                try:
                    yield process
                    _hear_out(process)
                except BrokenPipeError:
                    pass  # why it no longer listens is what its exit code says
                except BaseException:
                    process.kill()
                    raise
        finally:
            clock.cancel()
        if late.is_set():
            raise TimeLimitError(
                f"`{' '.join(argv[:3])} …` did not end within {timeout:g} s",
                "find out what it waits for, or raise its time limit in pipeline.toml",
            )
        if process.returncode:
            errors.seek(0)
            said = tail(errors.read().decode("utf-8", "replace"))
            raise ToolError(
                f"`{' '.join(argv[:3])} …` ended with exit code {process.returncode}:\n{said}",
                "read the lines above; run the command by hand for more",
            )


def _hear_out(process: Program) -> None:
    """Close a program's input, and read what it still says: closing that would kill it."""
    if process.stdin and not process.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    while process.stdout and not process.stdout.closed and process.stdout.read(1 << 16):
        pass


def stop(process: subprocess.Popen[str], first: int = signal.SIGTERM) -> str:
    """End a program and its children: first politely, then by SIGKILL. Returns its last output."""
    _signal_group(process, first)
    try:
        stdout, stderr = process.communicate(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        stdout, stderr = process.communicate()
    return (stdout or "") + (stderr or "")


def _not_started(name: str, cwd: Path | None, error: OSError) -> ToolError:
    if cwd is not None and not Path(cwd).is_dir():
        return ToolError(f"{cwd} is not a directory", "check the path")
    if isinstance(error, FileNotFoundError):
        return ToolError(
            f"the program `{name}` is not installed",
            f"install it, or run the step through Dagger, whose containers have {name}",
        )
    return ToolError(f"the program `{name}` cannot be run: {error.strerror}", "check the file")


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:  # ended meanwhile
        pass


def tail(text: str, lines: int = 20) -> str:
    """The last lines of a text, indented, for an error message."""
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in kept) or "    (it printed nothing)"
