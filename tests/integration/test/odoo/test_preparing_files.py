"""The files that prepare the database: each that is needed, and few others."""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path

from pipeline.core.process import run

ROOT = Path(__file__).parents[4]
SCRIPTS = ROOT / "scripts"


def preparing() -> list[str]:
    """What the Dagger module's script lists; the module cannot be imported without Dagger."""
    path = ROOT / "ci/src/odoo_mta/engine/containers.py"
    (script,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LISTING"
    )
    done = run((sys.executable, "-c", script), env={"PYTHONPATH": str(SCRIPTS)})
    return [Path(file).relative_to(SCRIPTS).as_posix() for file in done.stdout.split()]


def test_the_database_can_be_prepared_with_these_files_alone(tmp_path: Path) -> None:
    for name in preparing():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPTS / name, tmp_path / name)
    entry = "from pipeline.cli.main import main; main()"

    done = run(
        (sys.executable, "-c", entry, "test", "prepare-database", "--help"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": ""},
    )

    assert "Install modules of Odoo" in done.stdout


def test_a_change_of_another_stage_keeps_what_is_prepared() -> None:
    listed = preparing()
    assert "pipeline/test/odoo/prepare.py" in listed
    rooms = {name.split("/")[1] for name in listed}
    assert not rooms & {"check", "environment", "image", "privacy", "release", "remote", "report"}
    assert len(listed) < 40
