"""The words that CONTRIBUTING rules out are in no page, message, docstring or comment."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
CODE = ("scripts/pipeline", "scripts/docs", "ci/src", "tests", "benchmarks")
#: Written from the code, or quoting it: checked there.
GENERATED = ("errors.md",)


def forbidden() -> list[str]:
    """The second column of the table "Words"; this page itself is not searched."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = page.partition("| write | never |\n|---|---|\n")[2].partition("\n\n")[0]
    return [word for row in table.splitlines() for word in row.split("|")[2].strip().split(", ")]


PATTERN = re.compile(r"\b(" + "|".join(map(re.escape, forbidden())) + r")\b", re.IGNORECASE)


def prose(source: str) -> list[tuple[int, str]]:
    """Comments and texts of a Python file, by line; a text of one word is a name."""
    texts = [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    ]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [(one.start[0], one.string) for one in tokens if one.type == tokenize.COMMENT]
    return texts + comments


def found(texts: list[tuple[int, str]]) -> list[str]:
    """The lines with a forbidden word; a word may be cut by the end of a line."""
    return [
        f"{line}: {match[0]}"
        for line, text in texts
        for match in PATTERN.finditer(re.sub(r"\s+", " ", text))
    ]


def pages() -> list[Path]:
    there = [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "benchmarks").rglob("*.md"),
    ]
    there += (ROOT / ".github").rglob("*.yml")
    there += (ROOT / "scripts/pipeline").rglob("*.html.j2")
    return [page for page in there if page.name not in GENERATED]


def test_the_table_is_read() -> None:
    assert "mend" in forbidden() and len(forbidden()) > 10


def test_a_word_is_found_in_a_docstring_a_message_and_a_comment() -> None:
    words = forbidden()
    source = f'"""To {words[0]} it."""\nx = "it is\\n{words[0]} now"  # {words[1]}\n"{words[0]}"\n'
    assert found(prose(source)) == [f"1: {words[0]}", f"2: {words[0]}", f"2: {words[1]}"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_have_no_forbidden_word(page: Path) -> None:
    assert not found([(1, page.read_text(encoding="utf-8"))])


@pytest.mark.parametrize("folder", CODE)
def test_code_has_no_forbidden_word(folder: str) -> None:
    wrong = {
        str(module.relative_to(ROOT)): lines
        for module in (ROOT / folder).rglob("*.py")
        if (lines := found(prose(module.read_text(encoding="utf-8"))))
    }
    assert not wrong


def test_names_of_tests_have_no_forbidden_word() -> None:
    names = [
        (node.lineno, node.name.replace("_", " "))
        for module in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert len(names) > 1000 and found(names) == []
