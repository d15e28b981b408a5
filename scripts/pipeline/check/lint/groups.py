"""Files that a tool judges together: their verdict is remembered while they are the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.check.lint import tools
from pipeline.check.lint.plan import Run
from pipeline.core.results import Finding

#: What may configure a tool, in whatever folder.
_CONFIGURES = re.compile(r"\..*|.*\.(?:toml|cfg|ini|ya?ml)|pylintrc.*")
#: Checks of pylint that compare modules. No other check of one add-on reads a second one.
_COMPARING = re.compile(r"duplicate-code|cyclic-import|similarities|R0801|R0401|enable\s*=\s*all")
_DISABLED = re.compile(r"disable\s*=\s*[\"'\[\s]*all\b")


@dataclass(frozen=True)
class Group:
    """Files whose verdict depends on what it reads alone.

    Attributes:
        files: what the tool is called with.
        reads: the paths of all files that may matter, sorted.
    """

    files: tuple[str, ...]
    reads: tuple[str, ...]

    def has(self, findings: Iterable[Finding]) -> bool:
        """Whether one of them is about this group, or about no file."""
        read = {*self.files, *self.reads}
        return any(not one.path or one.path.removeprefix("./") in read for one in findings)


@dataclass(frozen=True)
class Tree:
    """A source as lint sees it.

    Attributes:
        root: its folder.
        paths: all files that lint may read, relative to it, sorted.
        addons: the folders of its add-ons.
    """

    root: Path
    paths: tuple[str, ...]
    addons: tuple[str, ...]

    def groups(self, run: Run) -> tuple[Group, ...]:
        """The groups of a tool's files; none if there is nothing for it to read."""
        if run.tool is tools.FLAKE8:
            # Each file by itself. Named one by one, its `exclude` still applies.
            return tuple(Group((path,), (path,)) for path in run.paths(self.paths, self.addons))
        if run.tool in tools.ODOO and self._separate(run):
            own = run.paths(self.paths, self.addons)
            made = [
                Group(self._within(own, folder), self._within(self.paths, folder))
                for folder in self.addons
            ]
            grouped = {path for group in made for path in group.files}
            rest = Group(tuple(path for path in own if path not in grouped), self.paths)
            return tuple(group for group in (*made, rest) if group.files)
        files = run.files(self.paths, self.addons)
        return (Group(files, self.paths),) if files else ()

    def digest(self, group: Group) -> str:
        """What the group reads: paths and contents."""
        digest = hashlib.blake2b(digest_size=16)
        for path in group.reads:
            digest.update(f"{path}\0{self._contents[path]}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def configuration(self) -> str:
        """All that may configure a tool."""
        names = [path for path in self.paths if _CONFIGURES.fullmatch(PurePosixPath(path).name)]
        return self.digest(Group((), tuple(names)))

    @cached_property
    def _contents(self) -> dict[str, str]:
        return {path: _content(self.root / path) for path in self.paths}

    def _separate(self, run: Run) -> bool:
        """Whether an add-on's verdict does not depend on other add-ons."""
        if run.tool is not tools.PYLINT:
            return True
        given = " ".join(run.arguments)
        for option in run.arguments:
            path = self.root / option.partition("=")[2]
            if option.startswith("--rcfile=") and path.is_file():
                given += path.read_text("utf-8", "replace")
        return bool(_DISABLED.search(given)) and not _COMPARING.search(given)

    @staticmethod
    def _within(paths: Sequence[str], folder: str) -> tuple[str, ...]:
        start = "" if folder == "." else f"{folder}/"
        return tuple(path for path in paths if path.startswith(start))


def _content(path: Path) -> str:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:  # as the tool will report
        return "unreadable"
