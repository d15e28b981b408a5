"""The notes of a release: which add-ons changed, and the commits since the last release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core import git, versions
from pipeline.core.addons.commits import AddOnChange, Commit, add_ons, commits
from pipeline.core.console import one_line
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.core.versions import is_version
from pipeline.core.wording import counted

#: Commits in the notes; GitHub takes 125,000 characters.
SHOWN = 250
_LONGEST = 300
#: Characters that could start HTML, links, code or a mention. `#12` stays: GitHub turns it into a
#: link.
_SPECIAL = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*<>[]&@|~$"}


@dataclass(frozen=True)
class Notes:
    """The content of a release.

    Attributes:
        version: its version.
        commit: its commit.
        previous: the version before it; None for the first.
        commits: the commits since then, newest first, without merges.
        add_ons: the add-ons that differ.
    """

    version: str
    commit: str
    previous: str | None
    commits: tuple[Commit, ...]
    add_ons: tuple[AddOnChange, ...]

    @property
    def tag(self) -> str:
        """The tag of the release."""
        return f"v{self.version}"

    @property
    def prerelease(self) -> bool:
        """Whether the version is a pre-release, such as 1.2.0-rc.1."""
        return "-" in self.version

    def markdown(self) -> str:
        """The notes as Markdown for GitHub."""
        lines = []
        if self.add_ons:
            lines += ["## Add-ons", "", "| add-on | before | now |", "|---|---|---|"]
            lines += [_row(change) for change in self.add_ons]
            lines.append("")
        since = f"since v{self.previous}" if self.previous else "up to the first release"
        lines += [f"## {counted(len(self.commits), 'commit')} {since}", ""]
        lines += [_line(commit) for commit in self.commits[:SHOWN]]
        if len(self.commits) > SHOWN:
            lines.append(f"- and {len(self.commits) - SHOWN} more")
        return "\n".join(lines) + "\n"


def collect_notes(root: Path, settings: Settings, version: str) -> Notes:
    """The notes of a version: of its tag if that exists, otherwise of the checked-out commit.

    Raises:
        InputError: not a git checkout, a shallow clone, or nothing new.
    """
    git.require_checkout(root, "the notes are built from its commits")
    if git.is_shallow(root):
        raise InputError(
            "this checkout has only a part of the history, and the notes need all of it",
            "fetch it (`git fetch --unshallow --tags`; in Actions: `fetch-depth: 0`)",
        )
    tagged = f"v{version}" in git.tags(root, f"v{version}")
    commit = git.resolve(root, f"refs/tags/v{version}" if tagged else "HEAD")
    previous = _previous(root, version, commit)
    after = f"refs/tags/v{previous}" if previous else None
    found = commits(root, after, commit, merges=False)
    if not found:
        raise InputError(
            f"there is nothing to release: no commit since v{previous}",
            "use the version of an older tag, or commit something first",
        )
    return Notes(version, commit, previous, found, add_ons(root, settings, after, commit))


def _previous(root: Path, version: str, commit: str) -> str | None:
    """The highest version below this one among the tags in this commit's history."""
    merged = (tag.removeprefix("v") for tag in git.tags(root, "v*", merged=commit))
    lower = [tag for tag in merged if is_version(tag) and versions.older(tag, version)]
    return max(lower, key=versions.sorting_key, default=None)


def _row(change: AddOnChange) -> str:
    before = "new" if change.before is None else _escaped(change.before)
    after = "removed" if change.after is None else _escaped(change.after)
    return f"| {_escaped(change.name)} | {before} | {after} |"


def _line(commit: Commit) -> str:
    return f"- {_escaped(commit.subject)} {commit.id[:9]}"


def _escaped(text: str) -> str:
    return one_line(text, _LONGEST).translate(_SPECIAL)
