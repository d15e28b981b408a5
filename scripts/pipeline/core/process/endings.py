"""How programs end: stopped, never started, and with which last output."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from pipeline.core import limits
from pipeline.core.errors import ToolError


def stop(process: subprocess.Popen[str]) -> None:
    """End a program and its children: first with SIGTERM, then with SIGKILL."""
    signal_group(process, signal.SIGTERM)
    try:
        process.communicate(timeout=limits.GRACE)
    except subprocess.TimeoutExpired:
        signal_group(process, signal.SIGKILL)
        process.communicate()


def not_started(name: str, cwd: Path | None, error: OSError) -> ToolError:
    """The error for a program that could not be started."""
    if cwd is not None and not Path(cwd).is_dir():
        return ToolError(f"{cwd} is not a directory", "check the path")
    if isinstance(error, FileNotFoundError):
        return ToolError(
            f"the program `{name}` is not installed",
            f"install it, or run the step through Dagger, whose containers have {name}",
        )
    return ToolError(f"the program `{name}` cannot be run: {error.strerror}", "check the file")


def signal_group(process: subprocess.Popen[str] | subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a program and its children, if they are still running."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:  # ended meanwhile
        pass
