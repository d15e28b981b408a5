"""The matrix of faults where Docker is a stand-in; on VMs: tests/e2e/test_matrix.py."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from played_vm import Vm, deployed
from vm_cells import FAULTS, INSIDE, MatrixEnvironment, NotPossible
from vm_starts import STARTS

from matrix import SCENARIOS, Cell, cells
from matrix_levels import PLACES
from pipeline.environment.odoo import web

#: The program before `docker`: it exports nothing, for the stand-in looks at that.
_BEFORE = f"""#!{{python}} -IS
import os, sys
folder, real = "{{tmp}}/bed", "{{tmp}}/bin/docker"
if not os.path.exists(folder + "/plan.json"):
    os.execv(real, ["docker", *sys.argv[1:]])
os.environ["BED_FOLDER"] = folder
program = "{INSIDE}/bed_programs.py"
os.execv("{{python}}", ["python", "-IS", program, real, *sys.argv[1:]])
"""


def _cells() -> list[object]:
    """Each place once, with the faults in turn. What every test run has: one of each scenario, and
    each way (forward, undone, halted, resumed) in turn."""
    every = [Cell(cell.place, fault) for cell, fault in zip(cells(PLACES), itertools.cycle(FAULTS))]
    sorts: dict[str, dict[str, list[Cell]]] = {}
    for cell in every:
        ways = sorts.setdefault(cell.place.scenario.name, {})
        ways.setdefault(cell.place.way, []).append(cell)
    some = set()
    for number, ways in enumerate(sorts.values()):
        way = list(ways.values())[number % len(ways)]
        some.add(way[len(way) // 2])
    return [
        pytest.param(cell, id=str(cell), marks=[] if cell in some else [pytest.mark.faults])
        for cell in every
    ]


@pytest.fixture
def environment_of(
    make_vm: Callable[[str], Vm],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Callable[[Cell], MatrixEnvironment]:
    """An environment for a cell, with what injects the fault before its `docker`."""

    def make(cell: Cell) -> MatrixEnvironment:
        vm = make_vm(cell.place.environment)
        port = web.PORT
        if cell.place.scenario.name != "first":
            deployed(vm)
            vm.attach(b"a file")
            if cell.place.scenario.kind == "drill":
                server = request.getfixturevalue("drill_server")
                server.sql(f'DROP DATABASE IF EXISTS "{vm.database}" WITH (FORCE)')
                (vm.home / "drill").symlink_to(server.folder)
            vm.sql("CREATE TABLE mail_mail (id serial PRIMARY KEY, state text)")
        settings = vm.host.environment.directory / "pipeline.toml"
        limit = 4 if cell.fault == "hangs" else 120
        text = f"command_seconds = {limit}\nmigration_seconds = {limit}\nboot_seconds = 60\n"
        settings.write_text(settings.read_text() + text)
        before = tmp_path / "before" / "docker"
        before.parent.mkdir()
        before.write_text(_BEFORE.format(python=os.path.realpath(sys.executable), tmp=tmp_path))
        before.chmod(0o755)
        monkeypatch.setenv("PATH", f"{before.parent}:{os.environ['PATH']}")
        return MatrixEnvironment(vm, tmp_path / "bed", port)

    return make


def test_every_scenario_can_be_started_here() -> None:
    assert set(STARTS) == {scenario.name for scenario in SCENARIOS}


@pytest.mark.parametrize("cell", _cells())
def test_nothing_is_lost(environment_of, cell: Cell) -> None:
    try:
        environment_of(cell).cell(cell)
    except NotPossible as error:
        pytest.skip(str(error))
