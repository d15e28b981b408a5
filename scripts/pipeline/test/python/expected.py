"""Which files should have tests, by their text alone: independent of what pytest collects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline.core.results import Finding
from pipeline.test.python_files import files_of_tests, has_tests


def not_collected(
    root: Path, paths: Sequence[str], known: Collection[str], allowed: Collection[str]
) -> list[Finding]:
    """Files with tests that pytest did not collect.

    Args:
        root: the source.
        paths: folders and files with tests, relative to it.
        known: files in which pytest found tests or an error.
        allowed: files and folders that may be left out.
    """
    return [
        Finding(
            file,
            0,
            "tests-not-collected",
            "it has tests, but pytest did not collect them",
            "look for `--ignore`, `collect_ignore`, `norecursedirs` and `python_files` in pytest's "
            "settings; if it is not a test, list it in pipeline.toml ([python] allowed_skips)",
        )
        for file in sorted({file for path in paths for file in files_of_tests(root, path)})
        if file not in known
        and not any(file == entry or file.startswith(f"{entry}/") for entry in allowed)
        and has_tests(root / file)
    ]
