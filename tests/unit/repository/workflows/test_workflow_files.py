"""The workflow files: thin, least rights, pinned, and in step with the module and the docs."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from dagger_module import problems
from pipeline.release.credentials import ENVIRONMENTS

ROOT = Path(__file__).parents[4]
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
#: Commands of a step that may stand next to the call of Dagger: they only pass on what it made.
HARMLESS = {"cat", "exit", "echo", "printf"}
JOBS = {
    "build-uat.yml": ["build-and-push-uat", "deploy-uat"],
    "ci.yml": ["lint-and-test"],
    "deploy-odoo-sh.yml": ["deploy-odoo-sh"],
    "deploy-prod.yml": ["deploy-prod"],
    "deploy-uat.yml": ["deploy-uat"],
    "refresh-uat-from-prod.yml": ["refresh-uat"],
}


@pytest.fixture(params=sorted(JOBS))
def workflow(request: pytest.FixtureRequest, workflows: dict[str, Any]) -> Any:
    return workflows[request.param]


def test_every_workflow_is_known(workflows: dict[str, Any]) -> None:
    assert {name: list(file.jobs) for name, file in workflows.items()} == JOBS


def test_it_calls_what_the_module_has(workflow: Any) -> None:
    for call in workflow.dagger_calls():
        assert problems(call) == []


def test_a_wrong_call_is_noticed() -> None:
    assert problems(["uat", "--host", "h", "deploy", "--tag", "x", "--digest="]) == []
    assert problems(["uat", "deploy-mars"])[0] == "uat: no function of it is called"
    assert problems(["deploy-mars"]) == ["no function deploy-mars"]
    assert problems(["uat", "deploy", "--tagg", "x"]) == ["uat deploy: no option tagg"]
    assert problems(["uat", "--tag", "x", "deploy"]) == ["uat: no option tag"]
    assert problems(["image", "document", "--image=x"]) == ["image document: kind is missing"]


def test_a_job_calls_dagger_once_and_has_no_logic(workflow: Any) -> None:
    assert len(list(workflow.dagger_calls())) == len(
        [job for job in workflow.jobs.values() if "steps" in job]
    )
    for step in workflow.steps:
        for line in step.get("run", "").replace("\\\n", " ").splitlines():
            if "dagger" not in line:
                assert line.split()[0] in HARMLESS, line


def test_what_is_kept_is_written_outside_of_the_source(workflow: Any) -> None:
    """A file in the work tree would make it differ from its commit: `…-dirty`, no uat-latest."""
    for step in workflow.steps:
        for target in re.findall(r"(?:\btee|(?<!2)>>?) +(\S+)", step.get("run", "")):
            assert target.startswith(('"$RUNNER_TEMP/', '"$GITHUB_')), target


def test_nothing_is_put_into_a_shells_text(workflow: Any) -> None:
    assert not [step for step in workflow.steps if "${{" in step.get("run", "")]


def test_rights_are_given_by_the_job_and_only_what_it_needs(workflow: Any) -> None:
    assert workflow.content["permissions"] == {}
    for job in workflow.jobs.values():
        assert job["permissions"] == {"contents": "read"}


def test_every_job_ends_in_time_and_alone(workflow: Any) -> None:
    assert "group" in workflow.content["concurrency"]
    for job in workflow.jobs.values():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 120


def test_actions_are_pinned_by_commit_and_say_their_version(workflow: Any) -> None:
    used = re.findall(r"uses: (\S+)(.*)", workflow.text)
    for name, comment in used:
        if not name.startswith("./"):
            assert PINNED.fullmatch(name) and re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_a_checkout_keeps_no_credentials(workflow: Any) -> None:
    for step in workflow.steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_engine_is_the_one_of_the_module(workflow: Any) -> None:
    wanted = json.loads((ROOT / "dagger.json").read_text(encoding="utf-8"))["engineVersion"]
    versions = {
        step["with"]["version"]
        for step in workflow.steps
        if step.get("uses", "").startswith("dagger/")
    }
    assert versions == {wanted.removeprefix("v")}


def test_act_skips_what_needs_github_and_finds_a_stand_in(workflows: dict[str, Any]) -> None:
    settings = (ROOT / ".actrc").read_text(encoding="utf-8").split()
    replaced = {word.split("=")[0] for word in settings if "@" in word}
    used = {
        step["uses"]: step for file in workflows.values() for step in file.steps if "uses" in step
    }
    skipped = {name for name, step in used.items() if "!env.ACT" in str(step.get("if"))}
    assert replaced == skipped
    assert {name.split("@")[0] for name in set(used) - skipped} == {"actions/checkout"}
    assert {word.split("=")[1] for word in settings if "@" in word} == {".github/act"}


def test_secrets_and_variables_are_those_of_the_docs(workflows: dict[str, Any]) -> None:
    docs = (ROOT / "docs/secrets.md").read_text(encoding="utf-8")
    secrets, _, variables = docs.partition("\n## Variables\n")
    row = re.compile(r"^\| `([A-Z_]+)`", re.MULTILINE)
    assert {name for file in workflows.values() for name in file.secrets} == {*row.findall(secrets)}
    assert {name for file in workflows.values() for name in file.variables} == {
        *row.findall(variables)
    }


def test_secrets_are_those_of_the_jobs_environment(workflows: dict[str, Any]) -> None:
    """A secret outside an environment could be read from any branch, with a changed workflow."""
    used: dict[str, set[str]] = {name: set() for name in ENVIRONMENTS}
    for file in workflows.values():
        outside = {**file.content, "jobs": {}}
        assert not secrets_in(outside), f"{file.name}: read by every job"
        for name, job in file.jobs.items():
            wanted = secrets_in(job)
            if job.get("secrets") == "inherit" or not wanted:
                continue
            assert job.get("environment") in ENVIRONMENTS, f"{file.name}: {name} has no environment"
            used[job["environment"]] |= wanted
    for name, wanted in ENVIRONMENTS.items():
        assert used[name] == {*wanted.required, *wanted.optional}, name
    assert not [name for name in used["uat"] if name.startswith(("PROD_", "ODOO_SH_"))]


def secrets_in(part: Any) -> set[str]:
    """The secrets that a part of a workflow names, in whatever way it does."""
    text = json.dumps(part)
    found = set(re.findall(r"\bsecrets\.(\w+)", text))
    assert len(re.findall(r"\bsecrets\b(?!\": \"inherit)", text)) == len(
        re.findall(r"\bsecrets\.\w+", text)
    ), "secrets are taken as a whole, or by a name that is computed"
    return found


def test_jobs_that_inherit_call_a_workflow_of_this_repository(workflows: dict[str, Any]) -> None:
    for file in workflows.values():
        for job in file.jobs.values():
            if "secrets" in job:
                assert job["secrets"] == "inherit" and job["uses"].startswith("./.github/")
                called = workflows[job["uses"].rpartition("/")[2]]
                assert all(one.get("environment") in ENVIRONMENTS for one in called.jobs.values())


def test_the_docs_set_each_secret_where_the_jobs_look(workflows: dict[str, Any]) -> None:
    pages = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))
    )
    commands = re.findall(r"^gh secret set (\S+)(.*)$", pages, re.MULTILINE)
    assert commands
    for name, rest in commands:
        environment = re.search(r"--env (\S+)", rest)
        assert environment, f"gh secret set {name}: for any branch"
        if not name.startswith('"$'):
            wanted = ENVIRONMENTS[environment[1]]
            assert name in (*wanted.required, *wanted.optional)


def test_the_readme_has_a_row_for_each(workflows: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = {
        line.split("`")[1]: line
        for line in readme.splitlines()
        if re.match(r"\| `[\w-]+\.yml` ", line)
    }
    assert set(rows) == set(workflows)
    for name, workflow in workflows.items():
        inputs = (workflow.triggers.get("workflow_dispatch") or {}).get("inputs", {})
        for word in {*inputs, *workflow.secrets}:
            named = re.findall(r"`([^`]+)`", rows[name])
            assert any(fnmatch(word, pattern) for pattern in named), f"{name}: {word}"


def test_the_ruleset_asks_for_the_check_of_ci(workflows: dict[str, Any]) -> None:
    ruleset = json.loads((ROOT / ".github/rulesets/main.json").read_text(encoding="utf-8"))
    (checks,) = (
        rule["parameters"]["required_status_checks"]
        for rule in ruleset["rules"]
        if rule["type"] == "required_status_checks"
    )
    assert [check["context"] for check in checks] == [
        job["name"] for job in workflows["ci.yml"].jobs.values()
    ]


@pytest.mark.parametrize("code", ["0", "1"])
def test_the_verdict_of_ci_is_that_of_the_report(
    workflows: dict[str, Any], tmp_path: Path, code: str
) -> None:
    (tmp_path / "report").mkdir()
    for name, text in {"actions.log": "log\n", "summary.md": "# all\n", "exit-code": code}.items():
        (tmp_path / "report" / name).write_text(text, encoding="utf-8")
    step = next(step for step in workflows["ci.yml"].steps if step["name"] == "Verdict")
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (int(code), "log\n")
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "# all\n"


def test_without_a_report_the_verdict_is_bad(workflows: dict[str, Any], tmp_path: Path) -> None:
    step = next(step for step in workflows["ci.yml"].steps if step["name"] == "Verdict")
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        timeout=30,
        capture_output=True,
    )
    assert ended.returncode
