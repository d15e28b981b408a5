"""The files that prepare the database: each that is needed, and no other."""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path

from pipeline.core.process import run

ROOT = Path(__file__).parents[4]


def preparing() -> list[str]:
    """The list PREPARING of the Dagger module, which cannot be imported without Dagger."""
    tree = ast.parse((ROOT / "ci/src/odoo_mta/images.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PREPARING":
            return list(ast.literal_eval(node.value))
    raise AssertionError("images.py has no PREPARING")


def test_the_database_can_be_prepared_with_these_files_alone(tmp_path: Path) -> None:
    for name in preparing():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "scripts" / name, tmp_path / name)
    entry = "from pipeline.cli import main; main()"

    done = run(
        (sys.executable, "-c", entry, "prepare-database", "--help"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": ""},
    )

    assert "Install modules of Odoo" in done.stdout


def test_each_of_them_is_loaded(tmp_path: Path) -> None:
    shown = "; ".join(
        [
            "import sys, pipeline.cli, pipeline.commands.prepare_database",
            "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'pipeline'))",
        ]
    )

    done = run(
        (sys.executable, "-c", shown), cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "scripts")}
    )

    loaded = {Path(file).relative_to(ROOT / "scripts").as_posix() for file in done.stdout.split()}
    assert loaded == set(preparing())
