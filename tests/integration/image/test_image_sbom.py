"""The bill of materials of a small root file system."""

from __future__ import annotations

import json

import pytest

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.41-12
Maintainer: Debian <debian@example.org>
Description: C library

Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.22.21
Maintainer: Debian <debian@example.org>
Description: package manager

Package: python3
Status: install ok installed
Architecture: amd64
Version: 3.13.5-1
Depends: libc6
Maintainer: Debian <debian@example.org>
Description: Python
"""


@pytest.fixture
def root(tmp_path):
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
        "var/lib/dpkg/status": STATUS,
        "usr/local/lib/python3.13/dist-packages/Cute_Name-1.5.dist-info/METADATA": (
            "Metadata-Version: 2.1\nName: Cute_Name\nVersion: 1.5\n"
        ),
        "mnt/extra-addons/good/__manifest__.py": '{"name": "Good", "version": "19.0.1.2.3"}',
        "mnt/extra-addons/broken/__manifest__.py": "{",
        "mnt/dependencies/theirs/__manifest__.py": '{"version": "19.0.2.0.0"}',
    }
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "root"


@pytest.fixture
def bill(run_pipeline, tmp_path):
    def make(root):
        output = tmp_path / "sbom.json"
        code, text = run_pipeline(
            *(
                "image",
                "sbom",
                "--root",
                root,
                "--output",
                output,
                "--source",
                tmp_path,
                "--version",
                "1.2",
            )
        )
        return code, text, output.read_text() if output.exists() else ""

    return make


def test_debian_packages_pip_packages_and_add_ons_are_in_it(bill, root) -> None:
    code, text, document = bill(root)
    assert code == 0, text
    content = json.loads(document)
    assert content["bomFormat"] == "CycloneDX"
    found = {one["name"]: one.get("version") for one in content["components"]}
    assert found["libc6"] == "2.41-12" and found["python3"] == "3.13.5-1"
    assert found["Cute_Name"] == "1.5" and found["good"] == "19.0.1.2.3"
    assert found["theirs"] == "19.0.2.0.0"
    assert found["broken"] is None
    links = {one.get("purl") for one in content["components"]}
    assert "pkg:pypi/cute-name@1.5" in links
    assert content["metadata"]["component"]["version"] == "1.2"


def test_the_same_image_has_the_same_bill(bill, root) -> None:
    assert bill(root)[2] == bill(root)[2] != ""


def test_a_file_system_without_debian_packages(bill, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    code, text, document = bill(tmp_path / "empty")
    assert code == 2 and "has no Debian packages" in text and document == ""
