"""From an OCA-like repository to the image of its add-ons, as a new user would."""

from __future__ import annotations

import subprocess

LIST = "--args=ls,/mnt/extra-addons"


def test_a_repository_of_which_nothing_says_the_series(call, repository) -> None:
    answer = call(
        "init-project", "--source", repository.path, "--name=odoo-care", "entries", ok=False
    )
    assert "the Odoo series is not known" in answer.out and "--series" in answer.out


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
