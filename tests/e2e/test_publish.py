"""`dagger call image`: publish and promote, to the registry next to the engine."""

from __future__ import annotations

import json
import secrets

import pytest

DOCKERFILE = """
    FROM odoo:19.0
    COPY visit /mnt/extra-addons/visit
"""


@pytest.fixture
def place() -> list[str]:
    """A repository of its own in the registry that the engine knows as plain HTTP."""
    name = f"test-{secrets.token_hex(8)}/app"
    return ["--registry", "10.87.0.1:5000", "--repository", name, "--insecure"]


@pytest.fixture
def project(repository):
    """An add-on, its image, and one commit."""
    repository.addon("visit")
    repository.write("Dockerfile", DOCKERFILE)
    repository.write("pipeline.toml", '[image]\nrepository = "team/app"\nversion = "1.0.0"\n')
    repository.commit()
    return repository


def test_from_a_commit_to_prod(call, project, place) -> None:
    commit = project.git("rev-parse", "HEAD")
    image = ["image", "--source", project.path, *place]

    answer = json.loads(call(*image, "publish", "--format", "json").out)

    tags = [one["reference"].rpartition(":")[2] for one in answer["images"]]
    assert tags == [f"uat-{commit[:9]}", "uat-v1.0.0", "uat-latest"]
    assert {one["digest"] for one in answer["images"]} == {answer["digest"]}
    reading = [*image, "document", "--image", "uat-latest", "--kind"]
    document = call(*reading, "provenance").out
    statement = json.loads(document)["predicate"]
    built = statement["buildDefinition"]["resolvedDependencies"][0]
    assert built["digest"] == {"gitCommit": commit}
    assert statement["runDetails"]["byproducts"][0]["annotations"]["status"] == "passed"
    bill = json.loads(call(*reading, "sbom").out)
    names = {one["name"] for one in bill["components"]}
    assert {"odoo-19", "python3", "visit"} <= names

    refused = call(*image, "promote", "--version", "1.0.0", ok=False)
    assert "UAT never ran" in refused.out
    call(*image, "promote", "--version", "1.0.0", "--allow-untested")
    shown = call(*image, "resolve", "--image", "prod-v1.0.0").out
    assert shown.strip().endswith(answer["digest"])
    moved = ["--image", "prod-v1.0.0", "--expect", "sha256:" + "0" * 64]
    assert "moved: it names" in call(*image, "resolve", *moved, ok=False).out


def test_what_is_missing_is_named_before_anything_is_built(call, project, monkeypatch) -> None:
    monkeypatch.setenv("EMPTY_TOKEN", "")
    empty = ["image", "--source", project.path, "--username", "", "--token", "env:EMPTY_TOKEN"]
    answer = call(*empty, "publish", ok=False)
    assert "docker.io needs a user name (--username) and a token" in answer.out
    assert "dockerBuild" not in answer.log
    answer = call(*empty, "promote", "--version", "1.0", ok=False)
    assert "docker.io needs a user name (--username) and a token" in answer.out
