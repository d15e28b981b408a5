from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import InputError
from pipeline.test.coverage import baseline
from pipeline.test.coverage.numbers import FileCover

ENTRY: dict[str, Any] = {
    "blob": "1" * 40,
    "percent": 80.0,
    "statements": 8,
    "covered": 7,
    "branches": 2,
    "taken": 1,
    "missing": "4",
    "partial": "2",
}


def text(files: Any = None, **changes: Any) -> str:
    data = {"format": 1, "series": "19.0", "files": {"a.py": ENTRY} if files is None else files}
    return json.dumps({**data, **changes})


def parse(content: str) -> baseline.CoverageBaseline:
    return baseline.parse(content, "cov.json at abc", "19.0", "cov.json")


def test_a_baseline_survives_writing_and_reading(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("b")
    (tmp_path / "a.py").write_text("a")
    files = [
        FileCover("b.py", "x", 3, 3, 0, 0),
        FileCover("a.py", "", 8, 5, 2, 1, (2, 3, 7), (5,)),
    ]
    taken = baseline.take(tmp_path, "19.0", files)
    written = taken.to_json()
    assert parse(written) == taken
    assert taken.files["a.py"].missing == "2-3, 7"
    assert taken.files["a.py"].percent == 60.0


def test_the_file_has_one_sorted_line_for_each_file(tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).touch()
    files = [FileCover(name, "", 1, 1, 0, 0) for name in ("b.py", "a.py")]
    lines = baseline.take(tmp_path, "19.0", files).to_json().splitlines()
    assert [line.split('"')[1] for line in lines if "blob" in line] == ["a.py", "b.py"]


def test_the_blob_id_is_the_one_of_git(tmp_path: Path) -> None:
    content = "naïve\n".encode()
    (tmp_path / "file").write_bytes(content)
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    answer = subprocess.run(
        ["git", "hash-object", "file"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert baseline.blob_id(content) == answer.stdout.strip()
    assert baseline.blob_id(b"") == hashlib.sha1(b"blob 0\0").hexdigest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "it has no format"),
        ("{}", "it has no format"),
        (text(format=2), "has format 2, this pipeline reads format 1"),
        (text(series="18.0"), "is for Odoo 18.0, but this source is for 19.0"),
        ('{"format": 1}', "malformed: 'files'"),
        ('{"format": 1, "files": {}}', "malformed: 'series'"),
        (text(files=[]), "malformed"),
        (text(files={"a.py": 3}), "malformed"),
        (text(files={"a.py": {**ENTRY, "extra": 1}}), "malformed"),
        (text(files={"a.py": {**ENTRY, "statements": "8"}}), "malformed"),
        (text(files={"a.py": {**ENTRY, "missing": "all"}}), "is not a list of lines"),
        (text(files={"a.py": {**ENTRY, "percent": 70.0}}), "numbers of a.py are inconsistent"),
        (text(files={"a.py": {**ENTRY, "covered": 90}}), "numbers of a.py are inconsistent"),
    ],
)
def test_an_unusable_baseline_is_named_with_the_way_to_a_new_one(
    content: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(content)
    assert message in caught.value.message
    assert "cov.json at abc" in caught.value.message
    assert "`dagger call baseline export --path cov.json`" in caught.value.fix
