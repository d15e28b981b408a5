"""The image of the Dockerfile: what is in it, and that it is the same wherever it is built."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: The registry that the engine of `make test` knows as plain HTTP.
MIRROR = "10.87.0.1:5000"
SECONDS = 600


def in_image(call, command: str) -> str:
    return call(
        "build", "--version=1.2.3", "with-exec", f"--args=sh,-c,{command}", "stdout"
    ).out.strip()


def test_the_image_runs_without_root_and_holds_the_add_ons(call) -> None:
    listed = in_image(call, "id -un; ls /mnt/extra-addons")
    user, *addons = listed.split()
    assert user == "odoo"
    assert {"mta_contract", "mta_equipment", "mta_intervention"} <= set(addons)


def test_the_labels_name_the_version(call) -> None:
    label = call(
        "build", "--version=1.2.3", "label", "--name=org.opencontainers.image.version"
    ).out.strip()
    assert label.removesuffix("-dirty") == "1.2.3"


def test_the_times_of_files_come_from_their_content(call) -> None:
    """Two files of one content have one time; it is not that of the build."""
    times = in_image(
        call, "stat -c %Y /mnt/extra-addons/*/__manifest__.py /mnt/extra-addons/*/tests/__init__.py"
    ).split()
    assert len(set(times)) > 1
    assert all(1_000_000_000 <= int(time) < 1_270_000_000 for time in times)


@pytest.fixture
def layers(tmp_path):
    """Build a Dockerfile with nothing of it in the cache; the digests of all layers.

    No function of the module can be asked not to use the cache, so the Dockerfile gets a variable
    that no build before had; all its commands run again, later than they did.
    """

    def build(name: str) -> list[str]:
        copy = tmp_path / name
        command = ["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(copy)]
        subprocess.run(command, check=True, timeout=60)
        shutil.copy(ROOT / "Dockerfile", copy)
        file = copy / "Dockerfile"
        nonce = secrets.token_hex(8)
        file.write_text(
            re.sub("^USER root$", f"ENV NONCE={nonce}\nUSER root", file.read_text(), flags=re.M)
        )
        assert file.read_text().count(nonce) == 2
        image = f"{MIRROR}/test-{nonce}/app:1"
        query = (
            f"{{ host {{ directory(path: {json.dumps(str(copy))}) {{ dockerBuild {{ "
            f"publish(address: {json.dumps(image)}) }} }} }} }}"
        )
        done = subprocess.run(
            ["dagger", "--silent", "query", "--no-mod"],
            input=query,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        request = urllib.request.Request(
            f"http://{MIRROR}/v2/test-{nonce}/app/manifests/1",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [layer["digest"] for layer in json.load(answer)["layers"]]

    return build


def test_the_same_commit_makes_the_same_layers_at_any_time(layers) -> None:
    """Without cache, from files of other times, at another time of the clock."""
    first, started = layers("first"), time.time()
    second = layers("second")
    assert time.time() - started > 1  # no file could have the time of the first build
    assert first == second
