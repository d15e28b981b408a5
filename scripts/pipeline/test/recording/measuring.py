"""How test processes are measured by coverage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

#: Begins a command line: if coverage measures this process, the child does not inherit that.
UNMEASURED = ("env",) + tuple(
    f"--unset=COVERAGE_{name}" for name in ("FILE", "RCFILE", "PROCESS_START", "PROCESS_CONFIG")
)


def configuration(
    data: Path,
    sources: Sequence[Path],
    *,
    omit: Sequence[str] = (),
    subprocesses: bool = False,
) -> str:
    """A configuration file: branches, and paths relative to the folder that coverage runs in.

    Args:
        data: file that gets the measurement.
        sources: folders to measure.
        omit: patterns of files to leave out.
        subprocesses: measure subprocesses as well, into files named like ``data`` and more.
    """
    lines = ["[run]", "branch = true", "relative_files = true", f"data_file = {data}"]
    lines += ["disable_warnings = no-data-collected, module-not-measured, already-imported"]
    if subprocesses:
        lines += ["parallel = true", "patch = subprocess"]
    lines += ["source =", *(f"    {source}" for source in sources)]
    lines += ["omit =", *(f"    {pattern}" for pattern in omit)] if omit else []
    return "\n".join(lines) + "\n"
