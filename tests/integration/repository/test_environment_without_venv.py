"""The environment next to Odoo's Python, which the Dagger module makes without the module venv."""

from __future__ import annotations

import ast
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.core.process import run

ROOT = Path(__file__).parents[3]
SCRIPTS = {"_TAKE_PIP", "_ENVIRONMENT"}
#: Distributions leave these out; importing one is an error then.
WITHOUT = "import sys; sys.modules.update(venv=None, ensurepip=None)\n"
LOOK = "import json, sys, sysconfig; print(json.dumps([sys.prefix, sysconfig.get_path('purelib')]))"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by the module's scripts; the module itself cannot be imported without Dagger."""
    folder = tmp_path_factory.mktemp("environment")
    values: dict[str, object] = {"VENV": f"{folder}/venv", "_PIP": f"{folder}/pip"}
    path = ROOT / "ci/src/odoo_mta/engine/odoo.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in SCRIPTS:
            exec(compile(ast.Module([node], []), str(path), "exec"), values)
    # As Odoo's image runs it: by the Python of the system, not by that of an environment.
    system = os.path.realpath(sys.executable)
    run((sys.executable, "-c", str(values["_TAKE_PIP"])))
    run((system, "-c", WITHOUT + str(values["_ENVIRONMENT"])))
    return folder / "venv"


def test_packages_go_into_it_and_those_of_the_system_are_seen(
    environment: Path, tmp_path: Path
) -> None:
    python = environment / "bin" / "python"
    prefix, packages = json.loads(run((str(python), "-c", LOOK)).stdout)
    assert (prefix, Path(packages).parents[2]) == (str(environment), environment)
    wheel = tmp_path / "sample_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("sample_package.py", "WHERE = __file__\n")
        archive.writestr(
            "sample_package-1.0.dist-info/METADATA", "Name: sample_package\nVersion: 1.0\n"
        )
        archive.writestr(
            "sample_package-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n"
        )
        archive.writestr("sample_package-1.0.dist-info/RECORD", "")
    run((str(environment / "bin" / "pip"), "install", "--no-index", "--no-deps", str(wheel)))
    imported = run(
        (str(python), "-c", "import sample_package; print(sample_package.WHERE)")
    ).stdout.strip()
    assert Path(imported) == Path(packages) / "sample_package.py"
    system = os.path.realpath(sys.executable)
    site = run((system, "-c", "import site; print(*site.getsitepackages())")).stdout.split()
    path = json.loads(
        run((str(python), "-c", "import json, sys; print(json.dumps(sys.path))")).stdout
    )
    assert path.index(packages) < min(path.index(one) for one in site if one in path)
