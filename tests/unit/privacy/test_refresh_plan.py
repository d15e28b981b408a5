"""Whether UAT can be refreshed, from what the two VMs say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import CheckFailed, InputError
from pipeline.privacy.refresh.plan import (
    RefreshPlan,
    RefreshSide,
    plan_refresh,
    read_plan,
    read_side,
)

GB = 1 << 30


def status(**changes: Any) -> RefreshSide:
    """What a VM says."""
    image = "registry.example.org/mta@sha256:" + "a" * 64
    said = {"image": image, "version": "1.2.0", "database_size": GB, "disk_free": 20 * GB}
    more = {"health": "good", "lock": None}
    return read_side(json.dumps({**said, **changes, **more}).encode())


def planned(prod: dict[str, Any] = {}, uat: dict[str, Any] = {}, **options: bool) -> RefreshPlan:
    """A plan of these."""
    given = {"anonymize": True, "filestore": False, **options}
    return plan_refresh(status(**prod), status(**uat), **given)


def test_it_tells_from_where_for_whom_and_what_becomes_of_people() -> None:
    rows = dict(planned(prod={"version": "1.1.0"}).rows())
    assert rows["from"].startswith("PROD 1.1.0, registry.example.org/mta@sha256:")
    assert rows["updated for"].startswith("UAT 1.2.0")
    assert rows["database"] == "1074 MB; UAT has 21.5 GB free"
    assert rows["personal data"] == "replaced and verified"
    assert dict(planned(anonymize=False).rows())["personal data"] == "NOT REPLACED"
    assert dict(planned(anonymize=False, filestore=True).rows())["files"] == "all of PROD's"


@pytest.mark.parametrize(
    "prod, uat, said",
    [
        ({"image": ""}, {}, "PROD runs nothing that was deployed"),
        ({}, {"image": ""}, "UAT runs nothing that was deployed"),
        ({"database_size": 0}, {}, "down or not there"),
        ({"version": "1.10.0"}, {"version": "1.9.0"}, "older than PROD's 1.10.0"),
        ({"database_size": 30 * GB}, {}, "the refresh needs 65.5 GB"),
    ],
    ids=["nothing-on-prod", "nothing-on-uat", "down", "older", "no-space"],
)
def test_what_cannot_work_is_refused_before_anything_is_read(
    prod: dict[str, Any], uat: dict[str, Any], said: str
) -> None:
    with pytest.raises(CheckFailed) as error:
        planned(prod, uat)
    assert said in str(error.value)


def test_the_name_of_a_build_is_no_version_to_compare() -> None:
    assert planned({"version": "nightly"}, {"version": "0.1"}).uat_version == "0.1"


def test_what_was_printed_is_what_is_done(tmp_path: Path) -> None:
    made = planned(anonymize=False, filestore=True)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(asdict(made)))
    assert read_plan(path) == made


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"prod_image": 1}', '{"more": 1}'])
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    for _ in range(2):
        with pytest.raises(InputError, match="the plan of the refresh cannot be read"):
            read_plan(path)
        path.write_text(text)
