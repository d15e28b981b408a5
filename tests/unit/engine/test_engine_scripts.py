"""The scripts are clean, small, and free of this or that machine."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[3] / "scripts" / "engine"
LIBRARY = sorted((ENGINE / "lib").glob("*.sh"))
ENTRY_POINTS = sorted((ENGINE / "images").glob("*/*.sh"))


def shellcheck(*arguments: str | Path) -> None:
    program = shutil.which("shellcheck", path=sysconfig.get_path("scripts")) or shutil.which(
        "shellcheck"
    )
    assert program, "shellcheck is missing: it comes with the development dependencies"
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_scripts_pass_shellcheck():
    shellcheck("--external-sources", "--check-sourced", ENGINE / "engine")


@pytest.mark.parametrize("script", ENTRY_POINTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_entry_points_pass_shellcheck(script):
    shellcheck(script)


@pytest.mark.parametrize("script", [ENGINE / "engine", *LIBRARY], ids=lambda path: path.name)
def test_a_script_stays_readable_and_is_loaded(script):
    assert len(script.read_text().splitlines()) < 200
    if script.parent.name == "lib":
        assert f"lib/{script.name}" in (ENGINE / "engine").read_text()


def test_every_listed_image_has_a_dockerfile_and_the_reverse():
    lines = [
        line.split("#")[0].split() for line in (ENGINE / "images/list").read_text().splitlines()
    ]
    listed = {line[1] for line in lines if line} - {"-"}
    present = {path.parent.name for path in (ENGINE / "images").glob("*/Dockerfile")}
    assert listed == present


@pytest.mark.parametrize(
    "dockerfile",
    sorted((ENGINE / "images").glob("*/Dockerfile")),
    ids=lambda path: path.parent.name,
)
def test_every_dockerfile_starts_from_the_base_that_it_is_given(dockerfile):
    lines = [line for line in dockerfile.read_text().splitlines() if line and line[0] != "#"]
    assert lines[:2] == ["ARG BASE=debian:trixie-slim", "FROM ${BASE}"]
