"""What is remembered of contents that were clean."""

from __future__ import annotations

from pathlib import Path

from pipeline.check.clean import CleanCache, cache_key, code_version

ONE, TWO = cache_key("a" * 40, "a.py"), cache_key("a" * 40, "b.py")


def test_other_rules_know_nothing_nor_does_a_file_that_is_not_ours(tmp_path: Path) -> None:
    CleanCache(tmp_path, "these").add([ONE])
    known = CleanCache(tmp_path, "these")
    assert ONE in known and TWO not in known
    assert ONE not in CleanCache(tmp_path, "other")
    (tmp_path / "clean-these.bin").write_bytes(b"not ours")
    assert ONE not in CleanCache(tmp_path, "these")


def test_without_a_folder_nothing_is_remembered(tmp_path: Path) -> None:
    CleanCache(None, "these").add([ONE])
    assert list(tmp_path.iterdir()) == [] and ONE not in CleanCache(None, "these")


def test_runs_at_the_same_time_keep_what_both_found(tmp_path: Path) -> None:
    one, two = CleanCache(tmp_path, "these"), CleanCache(tmp_path, "these")
    one.add([ONE])
    two.add([TWO])
    known = CleanCache(tmp_path, "these")
    assert ONE in known and TWO in known


def test_the_version_of_rules_changes_with_their_code_and_their_tools(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text("one")
    before = code_version(tmp_path, "tool 1")
    assert before == code_version(tmp_path, "tool 1") != code_version(tmp_path, "tool 2")
    (tmp_path / "rule.py").write_text("two")
    assert before != code_version(tmp_path, "tool 1")
