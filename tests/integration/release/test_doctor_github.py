"""`pipeline release doctor` against a stand-in for GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import GitHubError, InputError
from pipeline.release.credentials import ENVIRONMENTS

MAIN = [{"id": 1, "name": "main", "type": "branch"}]
CUSTOM = {"protected_branches": False, "custom_branch_policies": True}
REVIEWERS = {
    "type": "required_reviewers",
    "prevent_self_review": True,
    "reviewers": [{"type": "User"}],
}


@pytest.fixture
def doctor(
    run_pipeline: Callable[..., tuple[int, str]],
    github: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str]]:
    """Ask: ``doctor("--format=json", token="…")``. By default, all is well."""
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    for name, wanted in ENVIRONMENTS.items():
        github.environments[name] = {
            "secrets": [*wanted.required],
            "policy": CUSTOM,
            "branches": MAIN,
            "rules": [REVIEWERS] if wanted.approved else [],
        }

    def run(*more: str, token: str = "right-token") -> tuple[int, str]:
        file = tmp_path / "token"
        file.write_text(token, encoding="utf-8")
        options = ["--source", tmp_path, "--api", github.address, "--token-file", file]
        options += ["--repository", "customer/fields"]
        code, said = run_pipeline("release", "doctor", *options, *more)
        assert not token or token not in said
        return code, said

    return run


def bad(doctor: Any) -> dict[str, tuple[str, str]]:
    """What is not good: what was found and the fix, by name."""
    code, said = doctor("--format=json")
    checks = [check for check in json.loads(said) if not check["good"]]
    assert code == (1 if checks else 0)
    return {check["name"]: (check["found"], check["fix"]) for check in checks}


def test_all_is_well(doctor: Any, github: Any) -> None:
    code, said = doctor()
    assert code == 0 and "LACKS" not in said
    assert {method for method, _ in github.asked} == {"GET"}


def test_a_secret_of_the_repository_is_found_on_any_page(doctor: Any, github: Any) -> None:
    github.secrets = [f"OWN_{number}" for number in range(250)] + ["PROD_VM_SSH_KEY"]
    found, fix = bad(doctor)["repository secrets"]
    assert found == "PROD_VM_SSH_KEY"
    assert "set it in production first" in fix and "gh secret delete PROD_VM_SSH_KEY" in fix


@pytest.mark.parametrize(
    "name", ["DOCKER_HUB_TOKEN", "UAT_VM_SSH_KEY", "ODOO_SH_SSH_KEY", "PROD_X"]
)
def test_no_secret_of_a_job_stands_in_the_repository(doctor: Any, github: Any, name: str) -> None:
    github.secrets = [name, "OF_ANOTHER_WORKFLOW"]
    assert bad(doctor)["repository secrets"][0] == name
    assert len(bad(doctor)) == 1


def test_a_secret_of_the_organization(doctor: Any, github: Any) -> None:
    github.organization = ["DOCKER_HUB_TOKEN", "OTHER"]
    found, fix = bad(doctor)["organization secrets"]
    assert found == "DOCKER_HUB_TOKEN" and "owner of the organization" in fix


@pytest.mark.parametrize(
    ("policy", "branches", "found"),
    [
        (None, [], "every branch"),
        (
            {"protected_branches": True, "custom_branch_policies": False},
            [],
            "all protected branches",
        ),
        (CUSTOM, [*MAIN, {"name": "feature/*", "type": "branch"}], "feature/*, main"),
        (CUSTOM, [*MAIN, {"name": "v*", "type": "tag"}], "main, tag v*"),
        (CUSTOM, [], "none"),
    ],
)
def test_an_environment_that_lets_in_others(
    doctor: Any, github: Any, policy: Any, branches: Any, found: str
) -> None:
    github.environments["production"] |= {"policy": policy, "branches": branches}
    assert bad(doctor)["environment production: branches"][0] == found


def test_nobody_approves(doctor: Any, github: Any) -> None:
    github.environments["production"]["rules"] = [{"type": "branch_policy"}]
    assert bad(doctor)["environment production: reviewers"][0] == "0"


def test_what_an_environment_lacks_and_what_it_must_not_have(doctor: Any, github: Any) -> None:
    github.environments["production"]["secrets"].remove("PROD_VM_KNOWN_HOSTS")
    github.environments["uat"]["secrets"] += ["PROD_VM_SSH_KEY"]
    github.environments["preview"] = {"secrets": ["ODOO_SH_SSH_KEY", "DOCKER_HUB_TOKEN"]}
    found = bad(doctor)
    assert found["environment production: secrets"] == (
        "lacks PROD_VM_KNOWN_HOSTS",
        "gh secret set PROD_VM_KNOWN_HOSTS --env production",
    )
    assert found["environment uat: secrets of production"] == (
        "PROD_VM_SSH_KEY",
        "gh secret delete PROD_VM_SSH_KEY --env uat",
    )
    assert found["environment preview: secrets of production"][0] == "ODOO_SH_SSH_KEY"
    assert len(found) == 3


def test_a_repository_without_environments(doctor: Any, github: Any) -> None:
    github.environments.clear()
    assert set(bad(doctor)) == {"environment uat", "environment production"}


def test_names_are_written_as_the_owner_likes(doctor: Any, github: Any) -> None:
    github.environments["Production"] = github.environments.pop("production")
    assert bad(doctor) == {}


@pytest.mark.parametrize("right", ["actions", "environments", "secrets"])
def test_a_token_that_may_not_see_all(doctor: Any, github: Any, right: str) -> None:
    github.rights.remove(right)
    code, said = doctor()
    assert code == GitHubError.exit_code
    assert (
        "403: Resource not accessible" in said and "read Actions, Environments and Secrets" in said
    )


def test_a_wrong_token_a_wrong_repository_and_none(doctor: Any, github: Any) -> None:
    code, said = doctor(token="wrong-token")
    assert code == GitHubError.exit_code and "401: Bad credentials" in said
    code, said = doctor("--repository", "customer/other")
    assert code == GitHubError.exit_code and "404: Not Found" in said
    asked = len(github.asked)
    assert doctor(token="")[0] == InputError.exit_code
    assert doctor("--repository", "../../orgs")[0] == InputError.exit_code
    assert len(github.asked) == asked


@pytest.mark.parametrize("answer", [{"secrets": "no"}, {"total_count": 3}, [], b"<html>"])
def test_a_server_that_is_not_github(doctor: Any, github: Any, answer: Any) -> None:
    path = "/repos/customer/fields/actions/secrets?per_page=100&page=1"
    github.answers["GET", path] = (200, answer)
    code, said = doctor()
    assert code == GitHubError.exit_code and "in an unexpected format" in said


def test_a_list_that_ends_early_is_no_endless_loop(doctor: Any, github: Any) -> None:
    github.secrets = ["PROD_VM_HOST"]
    path = "/repos/customer/fields/actions/secrets?per_page=100&page=1"
    github.answers["GET", path] = (200, {"total_count": 9, "secrets": [{"name": "PROD_VM_HOST"}]})
    assert "repository secrets" in bad(doctor)
