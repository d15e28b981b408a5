"""What a deployment changes: commits, add-ons, and which of them Odoo.sh will update."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline import git
from pipeline.addons import discovery
from pipeline.settings import Settings

_FIELDS = "%H%x1f%cI%x1f%s%x1e"


@dataclass(frozen=True)
class Commit:
    """A commit: full id, date (RFC 3339), subject."""

    id: str
    date: str
    subject: str


@dataclass(frozen=True)
class AddOnChange:
    """An add-on that differs.

    Attributes:
        name: technical name.
        folder: where it is.
        before: version that Odoo.sh has; None when it has no such add-on.
        after: version to come; None when the add-on goes away.
        files: number of files that differ.
    """

    name: str
    folder: str
    before: str | None
    after: str | None
    files: int

    @property
    def effect(self) -> str:
        """What it means on Odoo.sh: only a raised version makes it update a module."""
        if self.before is None:
            return "new: not installed by itself"
        if self.after is None:
            return "removed: uninstall it first where it is installed"
        if self.updates:
            return "updated where it is installed"
        if self.after != self.before:
            return "version lowered: not updated"
        return "same version: code reloaded, data and views not updated"

    @property
    def updates(self) -> bool:
        """Whether Odoo.sh updates the module where it is installed."""
        if self.before is None or self.after is None:
            return False
        return _numbers(self.after) > _numbers(self.before)


def commits(
    source: Path, after: str | None, until: str, *, merges: bool = True
) -> tuple[Commit, ...]:
    """The commits that ``until`` has and ``after`` has not, newest first; all without ``after``."""
    span = [until] if after is None else [until, f"^{after}"]
    options = [] if merges else ["--no-merges"]
    listed = git.git(source, "log", f"--format={_FIELDS}", *options, *span, "--").stdout
    rows = (row.strip("\n").split("\x1f") for row in listed.split("\x1e"))
    return tuple(Commit(*row) for row in rows if len(row) == 3)


def add_ons(
    source: Path, settings: Settings, before: str | None, after: str
) -> tuple[AddOnChange, ...]:
    """The add-ons that differ between two commits, sorted by name; all without ``before``."""
    new = _manifests(source, settings, after)
    old = _manifests(source, settings, before) if before else {}
    changed = _changed(source, before, after)
    found = []
    for folder in sorted({*new, *old}):
        files = sum(name.startswith(f"{folder}/") for name in changed)
        if files:
            versions = (
                _version(source, before, old.get(folder)),
                _version(source, after, new.get(folder)),
            )
            found.append(AddOnChange(PurePosixPath(folder).name, folder, *versions, files))
    return tuple(sorted(found, key=lambda change: change.name))


def _changed(source: Path, before: str | None, after: str) -> tuple[str, ...]:
    if before is None:
        listed = git.git(source, "ls-tree", "-r", "-z", "--name-only", "--full-tree", after)
    else:
        listed = git.git(source, *git.DIFF, "--name-only", "-z", before, after)
    return tuple(filter(None, listed.stdout.split("\0")))


def _manifests(source: Path, settings: Settings, commit: str) -> dict[str, str]:
    """Manifest by add-on folder, where the settings and :mod:`discovery` would look for them."""
    listed = git.git(source, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    found: dict[str, str] = {}
    for path in filter(None, listed.stdout.split("\0")):
        folder, _, name = path.rpartition("/")
        if name in discovery.MANIFESTS and discovery.is_place(folder, settings):
            found.setdefault(folder, path)
    return found


def _version(source: Path, commit: str | None, manifest: str | None) -> str | None:
    """The version in a manifest; empty when it cannot be read; None without a manifest."""
    if commit is None or manifest is None:
        return None
    text = git.git(source, "cat-file", "blob", f"{commit}:{manifest}").stdout
    values, _, _ = discovery.parse(text)
    return str(values.get("version", ""))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))
