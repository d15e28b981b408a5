"""Submodules: Odoo.sh fetches them itself, so their commits must be available to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import git
from pipeline.core.errors import InputError

#: URLs that another machine can reach.
_REACHABLE = re.compile(r"(?:https?|ssh|git)://|[\w.-]+@[\w.-]+:", re.ASCII)


@dataclass(frozen=True)
class Submodule:
    """A submodule of a commit.

    Attributes:
        path: where it is checked out.
        url: where it comes from; empty when unknown.
        commit: the commit to check out.
        pushed: whether a branch of its remote has that commit; None: unknown, because it is not
            checked out, or only a part of it.
    """

    path: str
    url: str
    commit: str
    pushed: bool | None


def submodules(source: Path, commit: str) -> tuple[Submodule, ...]:
    """The submodules of a commit, sorted by path."""
    listed = git.git(source, "ls-tree", "-r", "-z", "--full-tree", commit).stdout.split("\0")
    links = {}
    for line in filter(None, listed):
        kind, path = line.split("\t", 1)
        mode, _, identity = kind.split(" ")
        if mode == "160000":
            links[path] = identity
    urls = _urls(source, commit) if links else {}
    return tuple(
        Submodule(path, urls.get(path, ""), identity, _pushed(source / path, identity))
        for path, identity in sorted(links.items())
    )


def require_fetchable(found: tuple[Submodule, ...]) -> None:
    """Raise InputError, naming all submodules that Odoo.sh could not check out."""
    wrong = []
    for module in found:
        if not module.url:
            wrong.append(f"{module.path} has no URL in .gitmodules")
        elif not _REACHABLE.match(module.url):
            wrong.append(
                f"{module.path} comes from {module.url!r}, which works only on this machine"
            )
        elif module.pushed is False:
            wrong.append(f"{module.path} is at {module.commit[:9]}, which is on no remote branch")
    if wrong:
        raise InputError(
            f"Odoo.sh could not check out the submodules: {'; '.join(wrong)}",
            "push the submodule's commit (or `git fetch` in it, if another machine pushed it); "
            "record an https or ssh URL in .gitmodules",
        )


def _urls(source: Path, commit: str) -> dict[str, str]:
    """URL by path, from the commit's .gitmodules."""
    asked = git.git(
        source, "config", f"--blob={commit}:.gitmodules", "--list", "-z", ok=(0, 1, 128)
    )
    values: dict[str, dict[str, str]] = {}
    for entry in filter(None, asked.stdout.split("\0")):
        key, _, value = entry.partition("\n")
        section, _, name = key.rpartition(".")
        values.setdefault(section, {})[name] = value
    return {part["path"]: part.get("url", "") for part in values.values() if "path" in part}


def _pushed(folder: Path, commit: str) -> bool | None:
    if not (folder / ".git").exists() or git.is_shallow(folder):
        return None
    if not git.exists(folder, commit):
        return None
    return bool(git.git(folder, "branch", "--remotes", "--contains", commit).stdout.strip())
