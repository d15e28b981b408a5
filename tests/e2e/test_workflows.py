"""The workflow files, checked and run: actionlint, the module's own functions, and act."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sysconfig
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sysconfig.get_path("scripts"))
REGISTRY = "10.87.0.1:5000"
#: A whole `ci` on a busy machine, when nothing of it is in the engine's cache.
TIME_LIMIT = 1200

Act = Callable[..., str]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed here, checked out as main, as GitHub does it."""
    folder = tmp_path_factory.mktemp("act") / "clone"
    git(ROOT, "clone", "--quiet", str(ROOT), str(folder))
    git(folder, "checkout", "--quiet", "-B", "main")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


@pytest.fixture
def act(clone: Path, tmp_path: Path) -> Act:
    """Run a job on this machine, as a user types it: ``act("push", "--job", "lint-and-test")``."""

    def run(*arguments: str, ok: bool = True) -> str:
        # `timeout` ends what act started, too.
        ended = subprocess.run(
            ["timeout", "--kill-after=20", str(TIME_LIMIT), TOOLS / "act", *arguments],
            cwd=clone,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert (ended.returncode == 0) is ok, ended.stdout[-8000:] + ended.stderr[-2000:]
        return ended.stdout

    return run


def test_actionlint_has_nothing_to_say() -> None:
    found = subprocess.run(
        [TOOLS / "actionlint", "-no-color", "-shellcheck", TOOLS / "shellcheck"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_list_of_versions_is_new() -> None:
    listed = subprocess.run(
        [TOOLS / "pipeline", "release", "versions"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (listed.returncode, listed.stderr) == (0, "")


def test_the_module_has_what_the_workflows_call() -> None:
    """The engine's own answer; the unit tests read the sources."""
    texts = [path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").iterdir()]
    lines = {
        line.replace("\\\n", " ").partition(" 2>&1")[0].partition(" | ")[0]
        for text in texts
        for line in re.findall(r"dagger \S+ call ((?:[^\n]*\\\n)*[^\n]*)", text)
    }
    assert len(lines) == 6
    for line in sorted(lines):
        # `--flag=$NAME` is how a workflow gives a flag; the engine reads its value before the help.
        line = re.sub(r"=\"?\$\w+\"?", "=true", line)
        words = shlex.split(line.partition(" export ")[0])
        helped = subprocess.run(
            ["dagger", "--progress=plain", "call", "-m", ROOT, *words, "--help"],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
        # An option that is not there is an error before the help; it shows where the words lead.
        assert helped.returncode == 0, helped.stderr[-2000:]
        own = [word for place, word in enumerate(words) if not place or not is_value(words, place)]
        assert f"dagger call {' '.join(own)}" in helped.stdout, helped.stdout[:500]


def is_value(words: list[str], place: int) -> bool:
    """Whether a word of a call is an option, or the value of the one before it."""
    before = words[place - 1]
    return words[place].startswith("--") or (before.startswith("--") and "=" not in before)


def test_ci_runs_here(act: Act) -> None:
    said = act("push", "--job", "lint-and-test")
    assert re.search(r"\| PASSED: \d+ steps in ", said)
    assert "Job succeeded" in said


def test_the_image_is_published_from_here(act: Act, clone: Path) -> None:
    repository = f"test-{uuid.uuid4().hex[:12]}/odoo-mta"
    said = act(
        *("push", "--job", "build-and-push-uat"),
        *("-s", "DOCKER_HUB_USERNAME=tester", "-s", f"DOCKER_HUB_TOKEN={uuid.uuid4().hex}"),
        *("--var", f"REGISTRY={REGISTRY}", "--var", f"REPOSITORY={repository}"),
        *("--var", "REGISTRY_INSECURE=true"),
    )
    assert "Job succeeded" in said
    commit = git(clone, "rev-parse", "HEAD")[:9]
    digests = {tag: digest(repository, tag) for tag in ("uat-latest", f"uat-{commit}")}
    assert len(set(digests.values())) == 1
    assert f"::set-output:: digest={digests['uat-latest']}" in said


@pytest.mark.parametrize(
    ("file", "inputs", "error"),
    [
        (
            "deploy-uat.yml",
            ["image_tag=uat-latest"],
            "missing: --host (secret UAT_VM_HOST), --user",
        ),
        (
            "deploy-prod.yml",
            ["version=v0.1.0", "confirm=$(id)"],
            "the confirmation is not right; nothing was contacted",
        ),
        (
            "deploy-odoo-sh.yml",
            ["branch=main", "confirm=`id`"],
            "the confirmation is not right; nothing was contacted",
        ),
        (
            "refresh-uat-from-prod.yml",
            ["confirm=Refresh UAT database from PROD", "anonymize=yes", "filestore=false"],
            "missing: --host (secret UAT_VM_HOST), --user",
        ),
    ],
)
def test_what_is_started_by_hand_says_what_is_missing(
    act: Act, file: str, inputs: list[str], error: str
) -> None:
    given = [word for value in inputs for word in ("--input", value)]
    said = act("workflow_dispatch", "-W", f".github/workflows/{file}", *given, ok=False)
    assert error in said and "uid=" not in said
    assert "Failure - Main" in said and "Success - Main Summary" in said


def digest(repository: str, tag: str) -> str:
    """What a tag names in the registry."""
    request = urllib.request.Request(
        f"http://{REGISTRY}/v2/{repository}/manifests/{tag}",
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["schemaVersion"] == 2
        return str(answer.headers["Docker-Content-Digest"])
