"""From an OCA-like repository to the image of its add-ons, as a new user would."""

from __future__ import annotations

import json
import secrets
import subprocess

import pytest

from bed_registry import ADDRESS

LIST = "--args=ls,/mnt/extra-addons"


def test_a_repository_of_which_nothing_says_the_series(call, repository) -> None:
    answer = call(
        "init-project", "--source", repository.path, "--name=odoo-care", "entries", ok=False
    )
    assert "the Odoo series is unknown" in answer.out and "--series" in answer.out


def test_the_files_of_a_new_project_make_an_image_with_its_add_ons(call, repository) -> None:
    """That such an image starts and answers is tested by the step `build` of `ci`."""
    repository.addon("visit")
    path = repository.path
    call("init-project", "--source", path, "--name=odoo-care", "export", "--path", path)
    assert (path / "docker-compose.yml").is_file()

    build = ["host", "directory", f"--path={path}", "docker-build", "with-exec", LIST, "stdout"]
    listed = subprocess.run(
        ["dagger", "--progress=plain", "core", *build], capture_output=True, text=True, timeout=600
    )
    assert listed.stdout.split() == ["visit"], listed.stderr[-4000:]


def test_a_complete_repository_is_reported_as_such(call, repository) -> None:
    repository.addon("visit")
    making = ("init-project", "--source", repository.path, "--name=odoo-care")
    assert "Next:" in call(*making, "export", "--path", repository.path).log
    before = sorted(repository.path.rglob("*"))
    again = call(*making, "export", "--path", repository.path)
    assert "Nothing is missing" in again.log and "Next:" not in again.log
    assert sorted(repository.path.rglob("*")) == before


@pytest.mark.faults
def test_a_new_project_becomes_green_and_its_image_is_published(call, repository) -> None:
    """Nothing of this project is edited: what `init-project` wrote is all that was added."""
    repository.addon("visit")
    repository.addon("visit_report", depends="visit")
    path, name = repository.path, f"test-{secrets.token_hex(6)}/odoo-care"
    named = ("--name=odoo-care", f"--repository={name}")
    call("init-project", "--source", path, *named, "export", "--path", path)
    commit = repository.commit()
    rows = call("ci", "--source", path).rows
    assert {rows[f"test-{addon}"] for addon in ("visit", "visit_report")} == {"PASSED"}
    assert set(rows.values()) <= {"PASSED", "SKIPPED"}
    image = ("image", "--source", path, "--registry", ADDRESS, "--insecure")
    said = call(*image, "publish", "--format=json").out
    tags = {one["reference"].rpartition(":")[2] for one in json.loads(said)["images"]}
    assert f"uat-{commit[:9]}" in tags
