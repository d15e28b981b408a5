"""Coverage lost since the baseline: files and groups that dropped, and the exact lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.test.coverage.baseline import FileBaseline
from pipeline.test.coverage.numbers import FileCover, GroupCover, lines_phrase, parse_lines, percent


@dataclass(frozen=True)
class Fall:
    """A file that is covered less than before.

    Attributes:
        file: its numbers now.
        before: percent at the baseline.
        lost: lines that ran at the baseline and do not run now.
        lost_branches: lines whose exits were all taken at the baseline and are not now.
        new: uncovered lines that the baseline's text did not have.
        exact: False when git no longer has the baseline's text: ``lost`` is then everything
            that is not covered now.
    """

    file: FileCover
    before: float
    lost: tuple[int, ...]
    lost_branches: tuple[int, ...]
    new: tuple[int, ...]
    exact: bool = True

    @property
    def line(self) -> int:
        """The first line to look at; 0 when none stands out."""
        return min((*self.lost, *self.lost_branches, *self.new), default=0)

    @property
    def phrase(self) -> str:
        """What happened, such as ``lost coverage: lines 12-14, 20``."""
        parts = [
            f"{label}: {lines_phrase(lines)}"
            for label, lines in (
                ("lost coverage" if self.exact else "not covered now", self.lost),
                ("lost a branch" if self.exact else "not all branches taken", self.lost_branches),
                ("new and uncovered", self.new),
            )
            if lines
        ]
        return "; ".join(parts) or "new code whose branches are not all taken"


def pair(
    files: Iterable[FileCover],
    baseline: Mapping[str, FileBaseline],
    blob_of: Callable[[str], str],
) -> dict[str, FileBaseline]:
    """The baseline's numbers by current path, for the files that are in it.

    A file that was moved unchanged keeps its numbers. New and deleted files are left out.
    """
    paths = {file.path: file for file in files}
    gone = {
        numbers.blob: numbers
        for path, numbers in baseline.items()
        if path not in paths and numbers.statements
    }
    pairs = {path: baseline[path] for path in paths if path in baseline}
    for path in paths.keys() - pairs.keys() if gone else ():
        if moved := gone.get(blob_of(path)):
            pairs[path] = moved
    return pairs


def fallen_files(
    files: Iterable[FileCover],
    pairs: Mapping[str, FileBaseline],
    text_of: Callable[[str], str],
    text_of_blob: Callable[[str], str | None],
    blob_of: Callable[[str], str],
) -> tuple[Fall, ...]:
    """The files whose percentage is lower than at the baseline, and in which more is uncovered.

    Where covered code was only removed, what was uncovered weighs more, but nothing lost its
    coverage: that does not count as a fall.

    Args:
        files: current numbers.
        pairs: the baseline's numbers by current path, see :func:`pair`.
        text_of: current text of a path.
        text_of_blob: text of a git blob; None when git does not have it.
        blob_of: git blob id of a path's current content.
    """
    falls = []
    for file in files:
        before = pairs.get(file.path)
        if before is None or file.percent >= before.percent:
            continue
        new_text = text_of(file.path)
        same = before.blob == blob_of(file.path)
        old_text = new_text if same else text_of_blob(before.blob)
        if old_text is None:
            if _uncovered(file) <= _uncovered(before):
                continue
            falls.append(Fall(file, before.percent, file.missing, file.partial, (), exact=False))
            continue
        origin = _origins(old_text, new_text)
        was_missing = set(parse_lines(before.missing))
        was_partial = set(parse_lines(before.partial)) | was_missing
        fall = Fall(
            file,
            before.percent,
            lost=_lost(file.missing, origin, was_missing),
            lost_branches=_lost(file.partial, origin, was_partial),
            new=tuple(line for line in file.missing if line not in origin),
        )
        if fall.lost or fall.lost_branches or _uncovered(file) > _uncovered(before):
            falls.append(fall)
    return tuple(falls)


def fallen_groups(
    groups: Iterable[GroupCover], pairs: Mapping[str, FileBaseline]
) -> tuple[tuple[str, float, float], ...]:
    """Name, percent before and now of each group that fell and has more uncovered than before.

    Only files that both have count: a deleted file takes nothing away, and a new one is judged
    by the minimum of its group.
    """
    falls = []
    for group in groups:
        before = [pairs[file.path] for file in group.files if file.path in pairs]
        then = percent(
            sum(file.covered + file.taken for file in before),
            sum(file.statements + file.branches for file in before),
        )
        known = tuple(file for file in group.files if file.path in pairs)
        now = GroupCover(group.name, known).percent
        if now < then and sum(map(_uncovered, known)) > sum(map(_uncovered, before)):
            falls.append((group.name, then, now))
    return tuple(falls)


def _uncovered(numbers: FileCover | FileBaseline) -> int:
    """Statements that did not run and branches that were not taken."""
    return numbers.statements - numbers.covered + numbers.branches - numbers.taken


def _origins(old_text: str, new_text: str) -> dict[int, int]:
    """Line number in the old text by line number in the new one, for lines that both have."""
    matcher = SequenceMatcher(None, old_text.splitlines(), new_text.splitlines(), autojunk=False)
    return {
        block.b + offset + 1: block.a + offset + 1
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
    }


def _lost(lines: Iterable[int], origin: Mapping[int, int], before: set[int]) -> tuple[int, ...]:
    return tuple(line for line in lines if line in origin and origin[line] not in before)
