"""Ask the running engine: small containers, one question each."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import urllib.request
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ENGINE = Path(__file__).parents[3] / "scripts" / "engine" / "engine"
REGISTRY = "http://10.87.0.1:5000/v2/library"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def engine(
    *arguments: str, timeout: float = 600, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run scripts/engine/engine, with a folder of programs that come before all others."""
    command = [str(ENGINE), *arguments]
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """The environment with which `dagger` finds its engine."""
    if engine("status").returncode != 0:
        pytest.skip("no engine runs: scripts/engine/engine up")
    script = f'eval "$({shlex.quote(str(ENGINE))} env)"; env -0'
    output = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    variables = dict(line.split("=", 1) for line in output.stdout.split("\0") if line)
    if variables.get("_EXPERIMENTAL_DAGGER_RUNNER_HOST") != "unix:///run/dagger/engine.sock":
        pytest.skip("the engine in use was not built here")
    return {**variables, "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def ask(settings: Mapping[str, str]):
    """Send a GraphQL query; the answer's data."""

    def send(query: str) -> Any:
        result = subprocess.run(
            ["dagger", "--silent", "query", "--no-mod"],
            input=query,
            env=dict(settings),
            capture_output=True,
            text=True,
            timeout=180,
            cwd="/",
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return send


def text(value: object) -> str:
    """A value as a GraphQL literal."""
    return json.dumps(value)


def container(image: str, variables: Mapping[str, str] = {}, steps: str = "") -> str:
    """The opening of a query on a container; `%s` stands for what is asked."""
    for name, value in variables.items():
        steps += f" withEnvVariable(name: {text(name)}, value: {text(value)}) {{"
    depth = steps.count("{") - steps.count("}")
    opening = f"{{ container {{ from(address: {text(image)}) {{{steps} %s "
    return opening + "}" * depth + "} } }"


def innermost(answer: Any) -> Any:
    """The one value at the bottom of an answer."""
    while isinstance(answer, dict):
        (answer,) = answer.values()
    return answer


@pytest.fixture(scope="session")
def run_in(ask):
    """Run a Bash script in an image: all that it printed, in its order.

    ``services`` are images that run next to it, by host name, with their variables.
    """

    def run(
        image: str,
        script: str,
        variables: Mapping[str, str] = {},
        services: Mapping[str, tuple[str, Mapping[str, str]]] = {},
    ) -> str:
        steps = ""
        for host, (service, its_variables) in services.items():
            start = container(service, its_variables) % "asService(useEntrypoint: true) { id }"
            identity = innermost(ask(start))
            steps += f" withServiceBinding(alias: {text(host)}, service: {text(identity)}) {{"
        # A question is asked again in every run of the tests.
        variables = {**variables, "TEST_RUN": str(os.getpid())}
        arguments = text(["bash", "-euo", "pipefail", "-c", f"exec 2>&1\n{script}"])
        query = container(image, variables, steps)
        query %= f"withExec(args: {arguments}) {{ combinedOutput }}"
        return str(innermost(ask(query)))

    return run


@pytest.fixture(scope="session")
def image_config(settings):
    """The configuration of an image of the mirror, as Docker reads it."""

    def read(reference: str) -> dict[str, Any]:
        name, tag = reference.split(":")
        manifest = fetch(f"{REGISTRY}/{name}/manifests/{tag}")
        config = fetch(f"{REGISTRY}/{name}/blobs/{manifest['config']['digest']}")
        return dict(config["config"])

    return read


def fetch(url: str) -> Any:
    request = urllib.request.Request(url, headers={"Accept": MANIFEST})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def run_engine(settings):
    """Run scripts/engine/engine with the settings of the session."""
    return partial(engine)
