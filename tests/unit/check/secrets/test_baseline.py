"""The reviewed baseline: reading, writing, what counts, what is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.check.secrets import baseline
from pipeline.check.secrets.baseline import SecretsBaseline
from pipeline.check.secrets.occurrences import Occurrence, finding, message_path, shown
from pipeline.check.secrets.rules.hits import Hit
from pipeline.core.errors import InputError

ITEM = Occurrence("a b.py", 3, "password", "0" * 40)
PAST = Occurrence("old.py", 1, "jwt", "1" * 40, "c" * 40, "2025-01-31")


def test_what_is_written_is_read_again_with_its_labels(tmp_path: Path) -> None:
    baseline.save(
        tmp_path, "b", [ITEM, ITEM, PAST], SecretsBaseline({ITEM.key: False, ("x", "y", "z"): True})
    )
    read = baseline.load(tmp_path, "b")
    assert read.labels == {ITEM.key: False, PAST.key: None}
    assert read.is_false_alarm(ITEM) and not read.is_false_alarm(PAST)
    assert read.stale([ITEM]) == (PAST.key,)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_the_same_content_gives_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        baseline.save(tmp_path, name, [PAST, ITEM], SecretsBaseline())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_baseline_is_empty(tmp_path: Path) -> None:
    assert baseline.load(tmp_path, "none").labels == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "no `results`"),
        ('{"results": []}', "no `results`"),
        ('{"results": {"a": {}}}', "not a list"),
        ('{"results": {"a": [1]}}', "no `type`"),
        ('{"results": {"a": [{"type": "x"}]}}', "no `hashed_secret`"),
        (
            '{"results": {"a": [{"type": "x", "hashed_secret": "0", "is_secret": "no"}]}}',
            "is_secret",
        ),
        ('{"results": {"a": [{"type": "x", "hashed_secret": "0", "is_secret": 0}]}}', "is_secret"),
        ("\udcff", "codec"),
    ],
)
def test_a_malformed_baseline_is_named_with_the_fix(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "b.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        baseline.load(tmp_path, "b.json")
    assert "b.json" in caught.value.message and reason in caught.value.message
    assert "--update-baseline" in caught.value.fix


def test_a_baseline_that_is_a_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a baseline"):
        baseline.load(tmp_path.parent, tmp_path.name)


def test_only_the_label_false_makes_a_false_alarm() -> None:
    for label in (True, None):
        assert not SecretsBaseline({ITEM.key: label}).is_false_alarm(ITEM)
    assert "real one" in SecretsBaseline({ITEM.key: True}).review(ITEM)
    assert "not labelled" in SecretsBaseline({ITEM.key: None}).review(ITEM)
    assert SecretsBaseline().review(ITEM) == ""


def test_a_line_that_moved_keeps_its_label() -> None:
    moved = Occurrence(ITEM.path, 99, ITEM.kind, ITEM.digest)
    assert SecretsBaseline({ITEM.key: False}).is_false_alarm(moved)


def test_the_digest_is_that_of_detect_secrets() -> None:
    from detect_secrets.core.potential_secret import PotentialSecret

    theirs = PotentialSecret("password", "a b.py", "some value").secret_hash
    assert Occurrence.of(Hit(3, "password", "some value"), "a b.py").digest == theirs


def test_a_finding_says_where_and_what_to_do_first() -> None:
    now = finding(ITEM, "", ".secrets.baseline")
    assert now.where == "a b.py:3" and "in the file" in now.message
    assert now.fix.startswith("rotate it first") and "pragma: allowlist secret" in now.fix
    past = finding(PAST, "", ".secrets.baseline.history")
    assert "in commit ccccccccc (2025-01-31), no longer in the tree" in past.message
    assert "git show ccccccccc" in past.fix and ".history" in past.fix
    message = Occurrence(message_path("c" * 40), 1, "jwt", "1" * 40, "c" * 40, "2025-01-31")
    assert "tree" not in finding(message, "", "x").message


def test_paths_are_shown_in_one_printable_line() -> None:
    assert shown("a\nb\tç") == "a\\nb\\tç"
    assert shown("a\udcffb") == "a\\xffb"
