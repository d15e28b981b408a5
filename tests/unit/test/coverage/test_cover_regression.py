from __future__ import annotations

from collections.abc import Callable

from pipeline.test.coverage import gates
from pipeline.test.coverage.baseline import FileBaseline, blob_id
from pipeline.test.coverage.numbers import FileCover, GroupCover, format_lines, groups
from pipeline.test.coverage.regression import Fall, fallen_files, fallen_groups, pair

OLD = "\n".join(f"line {number}" for number in range(1, 11))


def now(
    path: str = "a.py",
    statements: int = 10,
    missing: tuple[int, ...] = (),
    partial: tuple[int, ...] = (),
    addon: str = "",
) -> FileCover:
    covered = statements - len(missing)
    return FileCover(path, addon, statements, covered, 4, 4 - len(partial), missing, partial)


def then(file: FileCover, text: str = OLD) -> FileBaseline:
    return FileBaseline(
        blob_id(text.encode()),
        file.percent,
        file.statements,
        file.covered,
        file.branches,
        file.taken,
        format_lines(file.missing),
        format_lines(file.partial),
    )


def falls(
    file: FileCover, before: FileBaseline, text: str, kept: dict[str, str] | None = None
) -> tuple[Fall, ...]:
    blobs = {blob_id(OLD.encode()): OLD} if kept is None else kept
    return fallen_files(
        [file],
        {file.path: before},
        text_of=lambda path: text,
        text_of_blob=blobs.get,
        blob_of=lambda path: blob_id(text.encode()),
    )


def no_blob(path: str) -> str:
    return ""


def test_lines_that_ran_before_and_not_now_are_lost() -> None:
    (fall,) = falls(now(missing=(4, 5, 9)), then(now(missing=(9,))), OLD)
    assert (fall.lost, fall.lost_branches, fall.new) == ((4, 5), (), ())
    assert fall.line == 4
    assert fall.phrase == "lost coverage: lines 4-5"


def test_lines_are_followed_through_insertions_above_them() -> None:
    text = f"new 1\nnew 2\n{OLD}"
    (fall,) = falls(now(statements=12, missing=(1, 6, 11)), then(now(missing=(9,))), text)
    assert fall.lost == (6,)  # line 4 of old; line 9 of old was not covered before
    assert fall.new == (1,)
    assert fall.phrase == "lost coverage: line 6; new and uncovered: line 1"


def test_an_unchanged_file_needs_no_git() -> None:
    (fall,) = falls(now(missing=(7,)), then(now()), OLD, kept={})
    assert fall.exact
    assert fall.lost == (7,)


def test_without_the_text_of_the_baseline_all_that_is_missing_now_is_named() -> None:
    (fall,) = falls(now(missing=(3, 7), partial=(2,)), then(now(missing=(3,))), "x", kept={})
    assert fall.phrase == "not covered now: lines 3, 7; not all branches taken: line 2"


def test_a_branch_that_is_no_longer_taken_is_named() -> None:
    (fall,) = falls(now(partial=(2, 6)), then(now(partial=(6,))), OLD)
    assert fall.phrase == "lost a branch: line 2"
    assert fall.line == 2


def test_a_line_that_did_not_run_before_cannot_have_lost_a_branch() -> None:
    (fall,) = falls(now(missing=(4, 5), partial=(9,)), then(now(missing=(9,))), OLD)
    assert (fall.lost, fall.lost_branches) == ((4, 5), ())


def test_removal_of_covered_code_is_no_fall_though_the_percentage_is_lower() -> None:
    short = "\n".join(OLD.splitlines()[5:])
    present, before = now(statements=5, missing=(4,)), then(now(missing=(9,)))
    assert present.percent < before.percent
    assert falls(present, before, short) == ()
    assert falls(present, before, short, kept={}) == ()


def test_a_new_line_with_a_branch_not_taken_is_a_fall() -> None:
    longer = OLD + "\nif this:"
    (fall,) = falls(now(statements=11, partial=(11,)), then(now()), longer)
    assert (fall.lost, fall.new, fall.phrase) == (
        (),
        (),
        "new code whose branches are not all taken",
    )


def test_a_group_falls_only_when_more_of_it_is_uncovered() -> None:
    before = {"a.py": then(now(missing=(9,)))}
    (smaller,) = [g for g in groups([now(statements=5, missing=(4,))]) if g.name == "total"]
    (worse,) = [g for g in groups([now(missing=(4, 9))]) if g.name == "total"]
    assert fallen_groups([smaller], before) == ()
    assert [name for name, *_ in fallen_groups([worse], before)] == ["total"]


def test_the_same_or_a_better_percentage_is_no_fall() -> None:
    assert falls(now(missing=(5,)), then(now(missing=(9,))), OLD) == ()
    assert falls(now(), then(now(missing=(9,))), OLD) == ()


def test_deleted_and_new_files_are_not_compared() -> None:
    pairs = pair(
        [now("new.py"), now("kept.py")], {"kept.py": then(now()), "old.py": then(now())}, no_blob
    )
    assert set(pairs) == {"kept.py"}


def test_a_file_moved_unchanged_keeps_its_baseline() -> None:
    blob_of: Callable[[str], str] = {"new/a.py": blob_id(OLD.encode()), "b.py": "other"}.__getitem__
    pairs = pair([now("new/a.py"), now("b.py")], {"old/a.py": then(now(missing=(1,)))}, blob_of)
    assert pairs == {"new/a.py": then(now(missing=(1,)))}


def test_a_group_falls_by_the_files_that_both_sides_have() -> None:
    judged = groups(
        [
            now("s.py"),
            now("x/a.py", missing=(1, 2), addon="x"),
            now("x/new.py", 10, (1,), addon="x"),
        ]
    )
    pairs = {"s.py": then(now()), "x/a.py": then(now(missing=(1,)))}
    fallen = {name: (before, after) for name, before, after in fallen_groups(judged, pairs)}
    assert fallen == {"add-ons": (92.85, 85.71), "total": (96.42, 92.85)}


def test_a_group_of_new_files_only_cannot_fall() -> None:
    assert fallen_groups([GroupCover("add-ons", (now(missing=(1, 2, 3)),))], {}) == ()


def test_every_group_under_the_minimum_is_found_with_its_worst_files() -> None:
    files = [
        now("s.py"),
        now("x/a.py", missing=(7,), addon="x"),
        now("x/b.py", missing=(3, 4, 5, 6, 7, 8), addon="x"),
    ]
    findings = gates.below_minimum(groups(files), 80)
    assert [(finding.where, finding.code) for finding in findings] == [
        ("-", "coverage-minimum"),
        ("x/b.py:3", "coverage-missing"),
        ("x/a.py:7", "coverage-missing"),
    ]
    assert findings[0].message == (
        "add-ons: 75.00 % covered, the minimum is 80 %; "
        "most lines are missing in x/b.py (6), x/a.py (1)"
    )
    assert findings[1].message == "6 of 10 statements are not covered (57.14 %): lines 3-8"


def test_a_file_under_the_minimum_is_found_once_though_two_groups_hold_it() -> None:
    findings = gates.below_minimum(groups([now("x/a.py", missing=(1, 2, 3), addon="x")]), 80)
    assert [finding.code for finding in findings].count("coverage-missing") == 1
    assert [finding.message.split(":")[0] for finding in findings if not finding.path] == [
        "add-ons",
        "total",
    ]


def test_the_minimum_itself_is_enough() -> None:
    file = FileCover("a.py", "", 10, 8, 0, 0, (1, 2))
    assert gates.below_minimum(groups([file]), 80) == ()
    assert gates.below_minimum(groups([file]), 80.01)


def test_regressions_name_file_line_and_both_percentages() -> None:
    (fall,) = falls(now(missing=(4,)), then(now()), OLD)
    group, file = gates.regressions([fall], [("scripts", 90.0, 89.5)])
    assert file.where == "a.py:4"
    assert file.message == "fell from 100.00 % to 92.85 %; lost coverage: line 4"
    assert group.message.startswith("scripts: fell from 90.00 % to 89.50 %")
    assert {file.code, group.code} == {"coverage-regression"}
