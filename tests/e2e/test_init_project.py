"""From an OCA-like repository to an image that starts, as a new user would."""

from __future__ import annotations


def test_a_repository_of_which_nothing_says_the_series(call, repository) -> None:
    answer = call(
        "init-project", "--source", repository.path, "--name=odoo-care", "entries", ok=False
    )
    assert "the Odoo series is not known" in answer.out and "--series" in answer.out


def test_the_files_of_a_new_project_make_an_image_that_starts(call, repository) -> None:
    repository.addon("visit")
    (repository.path / ".flake8").unlink()
    (repository.path / ".gitignore").unlink()
    path = repository.path
    call("init-project", "--source", path, "--name=odoo-care", "export", "--path", path)
    repository.commit()

    listed = call(
        "build", "--source", path, "with-exec", "--args=ls,/mnt/extra-addons", "stdout"
    ).out.split()
    assert listed == ["visit"]
