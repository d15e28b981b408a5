from __future__ import annotations

import pytest

from pipeline.test.coverage.numbers import (
    FileCover,
    GroupCover,
    format_lines,
    groups,
    lines_phrase,
    parse_lines,
    percent,
)


def cover(path: str, addon: str = "", covered: int = 8, statements: int = 10) -> FileCover:
    return FileCover(path, addon, statements, covered, 0, 0, tuple(range(covered, statements)))


@pytest.mark.parametrize(
    ("covered", "total", "expected"),
    [
        (0, 0, 100.0),
        (0, 3, 0.0),
        (2, 3, 66.66),
        (79999, 100000, 79.99),
        (29, 50, 58.0),
        (7, 7, 100),
    ],
)
def test_percent_is_rounded_down_to_two_decimals(covered: int, total: int, expected: float) -> None:
    assert percent(covered, total) == expected


def test_percent_of_a_file_counts_statements_and_branches_together() -> None:
    assert FileCover("a.py", "", 8, 8, 2, 0).percent == 80.0


@pytest.mark.parametrize(
    ("lines", "text"),
    [((), ""), ((3,), "3"), ((14, 12, 13, 20), "12-14, 20"), ((1, 2, 4, 5), "1-2, 4-5")],
)
def test_lines_are_written_as_spans_and_read_back(lines: tuple[int, ...], text: str) -> None:
    assert format_lines(lines) == text
    assert parse_lines(text) == tuple(sorted(lines))


@pytest.mark.parametrize("text", ["a", "1,2", "1-", "-1", "1 - 2", "1, "])
def test_other_texts_are_not_lists_of_lines(text: str) -> None:
    with pytest.raises(ValueError, match="is not a list of lines"):
        parse_lines(text)


def test_the_phrase_tells_one_line_from_several() -> None:
    assert lines_phrase([20]) == "line 20"
    assert lines_phrase([20, 21]) == "lines 20-21"


def test_files_form_scripts_add_ons_and_their_total() -> None:
    made = groups([cover("s.py", covered=10), cover("x/a.py", "x", 5), cover("y/b.py", "y", 0)])
    assert [(group.name, group.percent, group.covered, group.statements) for group in made] == [
        ("scripts", 100.0, 10, 10),
        ("add-ons", 25.0, 5, 20),
        ("total", 50.0, 15, 30),
    ]


def test_a_group_without_files_is_left_out() -> None:
    assert [group.name for group in groups([cover("x/a.py", "x")])] == ["add-ons", "total"]
    assert groups([]) == (GroupCover("total", ()),)
