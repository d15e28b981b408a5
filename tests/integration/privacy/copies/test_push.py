"""`pipeline privacy push` and `pull --from` a place: from the maker to a laptop, by command."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LIVE = "care-dev"


@pytest.fixture
def push(run_pipeline, pack, project: Path, key: Path, tmp_path: Path) -> Callable:
    """Make a copy and put it into a place; more options may follow."""

    def run(*more: object) -> tuple[int, str]:
        assert pack()[0] == 0
        copy = ("--source", project, "--from", tmp_path / "copy", "--report-key-file", key)
        return run_pipeline("privacy", "push", *copy, *more)

    return run


@pytest.fixture
def place(tmp_path: Path, project: Path) -> Path:
    """A folder that the settings name."""
    path = tmp_path / "place"
    path.mkdir()
    return path


@pytest.fixture
def settled(prod, place: Path, project: Path) -> None:
    with (project / "pipeline.toml").open("a") as file:
        file.write(f'[anonymization]\ncopies = "{place}"\n')


def test_from_the_maker_to_a_laptop(
    run_pipeline, push, settled, place, project, key, databases, tmp_path: Path
) -> None:
    code, said = push()
    assert code == 0, said
    [name] = [path.name for path in (place / "odoo-care").iterdir()]
    assert said == f"{place}: {name} is the newest copy of odoo-care\n"
    made = json.loads((tmp_path / "copy/copy.json").read_text())["made"]
    assert name == made.replace("-", "").replace(":", "").replace(" ", "T") + "Z"
    (place / "odoo-care/20990101T000000Z").mkdir()
    code, said = run_pipeline("privacy", "pull", "--source", project, "--report-key-file", key)
    assert code == 0, said
    assert f"{place}: the newest copy is {name}, 0 hours old" in said
    assert "passed over: 20990101T000000Z: there is no copy in" in said
    assert f"{LIVE} is care-prod as of {made} UTC" in said and databases() == [LIVE]


def test_old_ones_are_removed_and_named(push, place: Path, settled) -> None:
    assert push("--to", place)[0] == 0
    [old] = (place / "odoo-care").iterdir()
    time.sleep(1.1)  # names are those of seconds
    code, said = push("--to", place, "--keep", 1)
    assert code == 0 and f"removed there: {old.name}" in said, said
    assert push("--to", place, "--keep", 0)[0] == 2


def test_without_a_place_it_is_said(run_pipeline, push, prod, project: Path, key: Path) -> None:
    code, said = push()
    assert code == 2 and "nothing says where copies are" in said and "give --to" in said
    code, said = run_pipeline("privacy", "pull", "--source", project, "--report-key-file", key)
    assert code == 2 and "give --from, or set [anonymization] copies" in said


def test_a_place_in_the_settings_is_checked(run_pipeline, prod, project: Path) -> None:
    with (project / "pipeline.toml").open("a") as file:
        file.write('[anonymization]\ncopies = "sftp://u:secret@host/x"\n')
    code, said = run_pipeline("privacy", "pull", "--source", project)
    assert code == 3 and "sftp://user@host/path" in said


def test_a_place_is_checked_before_a_copy_is_made(
    run_pipeline, settled, place: Path, project: Path, key: Path
) -> None:
    check = ("privacy", "push", "--source", project, "--from", "/nowhere", "--check-options")
    assert run_pipeline(*check, "--report-key-file", key) == (0, "")
    code, said = run_pipeline(*check)
    assert code == 2 and "is signed with a key, and there is none" in said
    code, said = run_pipeline(*check, "--report-key-file", key, "--in-container")
    assert code == 2 and "is a folder, which a container does not see" in said
    place.rmdir()
    code, said = run_pipeline(*check, "--report-key-file", key)
    assert code == 4 and "place is not there" in said
