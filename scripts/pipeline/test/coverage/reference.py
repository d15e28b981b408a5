"""The reference of a change, which never comes from the change itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core import git
from pipeline.core.errors import InputError, SettingsError
from pipeline.core.settings import FILE_NAME, CoverageSettings, loads
from pipeline.test.coverage import baseline
from pipeline.test.coverage.baseline import CoverageBaseline


@dataclass(frozen=True)
class Bar:
    """The reference of a change.

    Attributes:
        minimum: percent to reach; if the change lowers it, that of the merge base.
        baseline: coverage not to fall below; None if there is none.
        note: a phrase about where the baseline comes from, or why there is none.
    """

    minimum: float
    baseline: CoverageBaseline | None
    note: str


def find(root: Path, settings: CoverageSettings, series: str, override: Path | None = None) -> Bar:
    """Find the minimum and the baseline: the given file, otherwise the merge base's.

    Where HEAD itself is the merge base (a push to the main branch), its first parent counts: a
    change must not bring its own, lower bar. A baseline in the tree counts only while there is
    none to defend: the change that introduces it.

    Raises:
        InputError: ``override`` does not exist, or the baseline is not usable.
    """
    if override is not None:
        return Bar(settings.minimum, *_given(override, series, settings.baseline))
    if not git.is_checkout(root):
        note = "not compared with a baseline: the source is not a git checkout"
        return Bar(settings.minimum, None, note)
    try:
        commit = _base(root, settings.compare_with)
    except InputError as error:
        note = f"not compared with a baseline: {error.message}; {error.fix}"
        return Bar(settings.minimum, None, note)
    before = _settings_at(root, commit) or settings
    minimum = max(settings.minimum, before.minimum)
    held = git.show(root, commit, before.baseline) if commit else None
    if held is not None:
        origin = f"{before.baseline} at {commit[:9]}"
        found = baseline.parse(held, origin, series, before.baseline)
        return Bar(minimum, found, f"compared with {commit[:9]}")
    name = settings.baseline
    if (root / name).is_file():
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        found = baseline.parse(text, name, series, name)
        return Bar(minimum, found, f"compared with the new {name}")
    note = f"not compared: there is no {name} yet; create it with {baseline.remedy(name)}"
    return Bar(minimum, None, note)


def _given(override: Path, series: str, name: str) -> tuple[CoverageBaseline, str]:
    try:
        text = override.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the coverage baseline {override} cannot be read: {error}",
            f"check the path, or create one with {baseline.remedy(name)}",
        ) from error
    return baseline.parse(text, str(override), series, name), f"compared with {override.name}"


def _settings_at(root: Path, commit: str) -> CoverageSettings | None:
    """The gate's settings at a commit; None if there are none that this version can read."""
    text = git.show(root, commit, FILE_NAME) if commit else None
    try:
        return loads(text).coverage if text is not None else None
    except SettingsError:  # of another version of the pipeline, or broken at the time
        return None


def _base(root: Path, ref: str) -> str:
    """The commit that the change started from; empty when the change is the first commit.

    Raises:
        InputError: this clone does not have the reference.
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
                "fetch the complete history (`git fetch --unshallow`; in Actions: `fetch-depth: "
                "0`)",
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
