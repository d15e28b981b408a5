"""The file that goes to VMs."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

from pipeline.remote import package


def test_the_same_sources_are_the_same_file() -> None:
    assert package.build() == package.build()
    assert package.digest(package.build()) != package.digest(b"other")


def test_it_runs_by_itself(tmp_path) -> None:
    """With a Python that has no packages, as that of a VM."""
    file = tmp_path / "pipeline.pyz"
    file.write_bytes(package.build())
    asked = subprocess.run(
        [sys.executable, "-I", "-S", str(file), "environment", "doctor", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert asked.returncode == 0, asked.stderr
    assert "--clock" in asked.stdout


def test_it_brings_docker_s_api_and_needs_no_disk_for_it(tmp_path) -> None:
    """On a full disk a rollback still has to start: nothing is unpacked to a temporary folder."""
    file = tmp_path / "pipeline.pyz"
    file.write_bytes(package.build())
    script = (
        "import builtins, sys\n"
        "def refuse(event, arguments):\n"
        "    if event == 'open' and set(str(arguments[1])) & set('wxa+'):\n"
        "        raise OSError(28, 'No space left on device', arguments[0])\n"
        f"sys.path.insert(0, {str(file)!r})\n"
        "sys.addaudithook(refuse)\n"
        "import docker, requests, charset_normalizer\n"
        "print(docker.__file__, charset_normalizer.md.__file__, requests.certs.where())\n"
    )
    argv = [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(str(file)) == 2 and "cacert" not in done.stdout


def test_the_terms_of_each_package_go_along() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build())) as archive:
        found = {name.partition("-")[0] for name in archive.namelist() if ".dist-info/" in name}
    names = (*package.VENDORED, *package.VENDORED_FOR_DOCKER)
    assert found == {name.replace("-", "_") for name in names}


def test_only_python_goes_along() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build())) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.endswith((".so", ".pyc"))]
    tops = {name.split("/")[0] for name in names}
    assert {"__main__.py", "pipeline", *package.VENDORED, "docker", "requests"} <= tops
    assert not {"paramiko", "certifi"} & tops
