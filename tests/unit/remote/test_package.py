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


def test_only_python_goes_along() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build())) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.endswith((".so", ".pyc"))]
    tops = {name.split("/")[0] for name in names}
    assert {"__main__.py", "pipeline", "click", "dacite", "packaging", "rich", "tomli"} <= tops
    assert "paramiko" not in tops
