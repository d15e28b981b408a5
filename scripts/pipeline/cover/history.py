"""Where the baseline of a change comes from: not from the change itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import git
from pipeline.cover import baseline
from pipeline.cover.baseline import Baseline
from pipeline.errors import InputError
from pipeline.settings import Coverage


@dataclass(frozen=True)
class Bar:
    """The baseline to hold, or None, and one phrase on where it comes from or why there is none."""

    baseline: Baseline | None
    note: str


def find(root: Path, settings: Coverage, series: str, override: Path | None = None) -> Bar:
    """Find the baseline: the file given, else the one that the merge base has.

    Where HEAD itself is the merge base (a push to the main branch), its first parent counts: a
    change must not bring its own, lower bar. A baseline in the tree counts only while there is
    none to defend: the change that introduces it.

    Raises:
        InputError: ``override`` does not exist, or the baseline is not usable.
    """
    name = settings.baseline
    if override is not None:
        try:
            text = override.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the coverage baseline {override} cannot be read: {error}",
                f"check the path, or make one with {baseline.remedy(name)}",
            ) from error
        found = baseline.parse(text, str(override), series, name)
        return Bar(found, f"compared with {override.name}")
    if not git.is_checkout(root):
        return Bar(None, "not compared with a baseline: the source is not a git checkout")
    try:
        commit = _base(root, settings.compare_with)
    except InputError as error:
        return Bar(None, f"not compared with a baseline: {error.message}; {error.fix}")
    held = git.show(root, commit, name) if commit else None
    if held is not None:
        origin = f"{name} at {commit[:9]}"
        return Bar(baseline.parse(held, origin, series, name), f"compared with {commit[:9]}")
    if (root / name).is_file():
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        found = baseline.parse(text, name, series, name)
        return Bar(found, f"compared with the new {name}")
    return Bar(None, f"not compared: there is no {name} yet, make it with {baseline.remedy(name)}")


def _base(root: Path, ref: str) -> str:
    """The commit that the change started from; empty when the change is the first commit.

    Raises:
        InputError: it is not known here.
    """
    commit = _merge_base(root, ref)
    if commit != git.resolve(root, "HEAD"):
        return commit
    try:
        return git.resolve(root, "HEAD^1")
    except InputError:
        if git.is_shallow(root):
            raise InputError(
                "the clone is shallow, HEAD's parent is missing",
                "fetch the whole history (`git fetch --unshallow`; in Actions: `fetch-depth: 0`)",
            ) from None
        return ""


def _merge_base(root: Path, ref: str) -> str:
    try:
        return git.merge_base(root, ref)
    except InputError as error:
        local = ref.partition("/")[2]  # a clone without remotes still has the branch itself
        if local and not git.is_shallow(root):
            try:
                return git.merge_base(root, local)
            except InputError:
                pass
        raise error
