"""Test files that Odoo would leave out."""

from __future__ import annotations

from pathlib import Path

from pipeline.test.odoo.selection import left_out
from pipeline.test.odoo.selection import test_files as files_of


def test_only_files_with_test_methods_count(tmp_path: Path) -> None:
    texts = {
        "test_a.py": "class A:\n    def test_one(self):\n        pass\n",
        "test_broken.py": "class A(:\n",
        "test_helpers.py": "def test_data():\n    return 1\n",
        "common.py": "class A:\n    def test_one(self):\n        pass\n",
    }
    (tmp_path / "tests").mkdir()
    for name, text in texts.items():
        (tmp_path / "tests" / name).write_text(text)
    assert files_of(tmp_path) == ("tests/test_a.py", "tests/test_broken.py")


def test_file_that_nothing_imports_is_found() -> None:
    (one,) = left_out("f/x", ("tests/test_a.py", "tests/test_b.py"), ["test_b"], True)
    assert (one.path, one.code) == ("f/x/tests/test_a.py", "tests-not-imported")
    assert one.fix == "add `from . import test_a` to f/x/tests/__init__.py"


def test_tests_of_which_none_ran_are_found() -> None:
    (one,) = left_out("x", ("tests/test_a.py",), ["test_a"], False)
    assert (one.path, one.code) == ("x/tests", "no-test-ran")


def test_nothing_is_left_out_when_tests_ran_or_there_are_none() -> None:
    assert left_out("x", ("tests/test_a.py",), ["test_a"], True) == []
    assert left_out("x", (), [], False) == []


def test_files_in_folders_are_found_and_told_how_to_run(tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_a.py").write_text("class A:\n    def testA(self): ...\n")
    files = files_of(tmp_path)
    assert files == ("tests/unit/test_a.py",)
    assert left_out("x", files, ["unit.test_a"], True) == []
    (one,) = left_out("x", files, ["test_a"], True)
    assert one.fix == "add `from .unit import test_a` to x/tests/__init__.py"
