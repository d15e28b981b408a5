"""What a deployment changes: commits, add-ons, and which of them Odoo.sh will update."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.core import git, versions
from pipeline.core.addons import discovery, search
from pipeline.core.settings import Settings

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
        after: version to be deployed; None when the add-on is removed.
        files: number of files that differ.
    """

    name: str
    folder: str
    before: str | None
    after: str | None
    files: int

    @property
    def effect(self) -> str:
        """The effect on Odoo.sh, which updates a module only when its version was raised."""
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
        """Whether Odoo.sh updates the module in databases that have it installed."""
        if self.before is None or self.after is None:
            return False
        return versions.sorting_key(self.before) < versions.sorting_key(self.after)


def commits(
    source: Path, after: str | None, until: str, *, merges: bool = True
) -> tuple[Commit, ...]:
    """The commits in ``until`` but not in ``after``, newest first; without ``after``, all."""
    span = [until] if after is None else [until, f"^{after}"]
    options = [] if merges else ["--no-merges"]
    listed = git.git(source, "log", f"--format={_FIELDS}", *options, *span, "--").stdout
    rows = (row.strip("\n").split("\x1f") for row in listed.split("\x1e"))
    return tuple(Commit(*row) for row in rows if len(row) == 3)


def add_ons(
    source: Path, settings: Settings, before: str | None, after: str
) -> tuple[AddOnChange, ...]:
    """The add-ons that differ between two commits, sorted by name; all without ``before``.

    Checked-out submodules are included, at the commits they had.
    """
    new = _tree(source, after)
    old = _tree(source, before) if before else {}
    changed = {path for path in {*new, *old} if new.get(path) != old.get(path)}
    folders = [_manifests(tree, settings) for tree in (old, new)]
    found = []
    for folder in sorted({*folders[0], *folders[1]}):
        files = sum(name.startswith(f"{folder}/") for name in changed)
        if files:
            versions = (
                _version(old.get(folders[0].get(folder, ""))),
                _version(new.get(folders[1].get(folder, ""))),
            )
            found.append(AddOnChange(PurePosixPath(folder).name, folder, *versions, files))
    return tuple(sorted(found, key=lambda change: change.name))


@dataclass(frozen=True)
class _Entry:
    """A path of a commit: the repository that contains it, its mode and its object id."""

    repository: Path
    mode: str
    id: str

    @property
    def text(self) -> str:
        """The text of a file, or the target of a link."""
        return git.blob(self.repository, self.id) or ""


def _tree(source: Path, commit: str) -> dict[str, _Entry]:
    """Every path of a commit; a submodule without its content at that commit is one entry."""
    found: dict[str, _Entry] = {}
    listed = git.git(source, "ls-tree", "-r", "-z", "--full-tree", commit).stdout
    for row in filter(None, listed.split("\0")):
        fields, path = row.split("\t", 1)
        mode, _, identity = fields.split(" ")
        inside = source / path
        if mode == git.SUBMODULE and (inside / ".git").exists() and git.exists(inside, identity):
            found |= {f"{path}/{name}": entry for name, entry in _tree(inside, identity).items()}
        else:
            found[path] = _Entry(source, mode, identity)
    return found


def _manifests(tree: Mapping[str, _Entry], settings: Settings) -> dict[str, str]:
    """Manifests by add-on folder, in the places where the settings and :mod:`search` look."""
    linked = {
        posixpath.normpath(PurePosixPath(path).parent / entry.text)
        for path, entry in tree.items()
        if entry.mode == git.LINK and search.is_place(path, settings)
    }
    found: dict[str, str] = {}
    for path in tree:
        folder, _, name = path.rpartition("/")
        if name in search.MANIFESTS:
            if folder in linked or search.is_place(folder, settings):
                found.setdefault(folder, path)
    return found


def _version(manifest: _Entry | None) -> str | None:
    """The version in a manifest; empty when it cannot be read; None without a manifest."""
    if manifest is None:
        return None
    values, _, _ = discovery.parse(manifest.text)
    return str(values.get("version", ""))
