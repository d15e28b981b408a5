"""`pipeline project init`, and what the static checks say of the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INIT = "from . import models\n"
MODEL = """from odoo import fields, models


class Visit(models.Model):
    _name = "visit"
    _description = "Visit"

    name = fields.Char(required=True)
"""
ACCESS = "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
MANIFEST = """{
    "name": "Visit",
    "summary": "A customer is visited",
    "version": "19.0.1.0.0",
    "author": "Testers",
    "website": "https://example.org",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
"""


@pytest.fixture(params=["visit", "addons/visit"], ids=["at the root", "in a folder"])
def repository(request, tmp_path, make_addon, git_in) -> Path:
    """A new repository with one add-on."""
    access = f"{ACCESS}access_visit,visit,model_visit,base.group_user,1,1,1,1\n"
    files = {"__init__.py": INIT, "models.py": MODEL, "security/ir.model.access.csv": access}
    make_addon(f"repository/{request.param}", MANIFEST, files)
    root = tmp_path / "repository"
    git_in(root, "init", "-q", "-b", "main")
    return root


def test_the_static_checks_pass_on_a_new_project(repository, run_pipeline, git_in) -> None:
    code, said = run_pipeline("project", "init", "--source", repository, "--name", "odoo-care")
    assert code == 0, said
    assert said.count("│ new ") == len(git_in(repository, "status", "-s", "-u").splitlines()) - 4
    git_in(repository, "add", "-A")
    git_in(repository, "commit", "-q", "-m", "Begin")
    for step in ("lint", "manifests", "gitignore", "secrets", "modules"):
        code, said = run_pipeline("check", step, "--source", repository)
        assert code == 0, said
    code, said = run_pipeline("test", "plan", "--source", repository)
    plan = json.loads(said)
    assert (plan["odoo_image"], plan["installable"]) == ("odoo:19.0", ["visit"])


def test_nothing_is_overwritten(repository, run_pipeline) -> None:
    (repository / "Dockerfile").write_text("FROM scratch\n")
    arguments = (
        "project",
        "init",
        "--source",
        repository,
        "--name",
        "odoo-care",
        "--format",
        "json",
    )
    code, said = run_pipeline(*arguments)
    assert code == 0
    assert json.loads(said)["Dockerfile"] == "kept: it exists"
    assert (repository / "Dockerfile").read_text() == "FROM scratch\n"
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    code, said = run_pipeline(*arguments)
    assert code == 0 and set(json.loads(said).values()) == {"kept: it exists"}
    after = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    assert after == before


def test_another_place_gets_only_what_is_missing(repository, run_pipeline, tmp_path) -> None:
    (repository / "Dockerfile").write_text("FROM scratch\n")
    place = tmp_path / "made"
    code, _ = run_pipeline(
        "project", "init", "--source", repository, "--name", "odoo-care", "--output", place
    )
    assert code == 0
    assert (place / "docker-compose.yml").exists() and not (place / "Dockerfile").exists()
    assert not (repository / "docker-compose.yml").exists()


def test_a_complete_repository_is_reported_as_such(repository, run_pipeline, tmp_path) -> None:
    arguments = ("project", "init", "--source", repository, "--name", "odoo-care")
    assert "Next:" in run_pipeline(*arguments)[1]
    place = tmp_path / "made"
    for output in ([], ["--output", place]):
        code, said = run_pipeline(*arguments, *output)
        assert code == 0 and "Nothing is missing" in said and "Next:" not in said
    assert list(place.iterdir()) == []


def test_bad_input_is_named(repository, run_pipeline, tmp_path) -> None:
    arguments = ("project", "init", "--source", repository, "--name")
    hostile = 'x"\n[odoo]'
    code, said = run_pipeline(*arguments, "care", "--repository", hostile)
    assert code == 2 and "is not the name of a repository" in said
    code, said = run_pipeline(*arguments, "care", "--module", "x; id")
    assert code == 2 and "is not the address of a Dagger module" in said
    assert not (repository / "pipeline.toml").exists()
    assert "is not a project name" in run_pipeline(*arguments, "Care!")[1]
    code, said = run_pipeline(*arguments, "care", "--templates", tmp_path / "none")
    assert code == 2 and "there are no templates in" in said
    (tmp_path / "file").touch()
    code, said = run_pipeline(*arguments, "care", "--output", tmp_path / "file")
    assert code == 2 and "cannot be written" in said
