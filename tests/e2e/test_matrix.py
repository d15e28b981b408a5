"""The matrix on VMs: whatever can run, at each of its steps and ways back, with each fault.

One cell: `make faults PYTEST_ARGS="-k update-do-migrate-kill-uat"`. More of them: `--matrix full`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bed_cells import MatrixVm, NotPossible
from bed_chain import Chain, matrix_project
from bed_registry import Registry
from matrix import NO_PROGRAM, Cell, cells
from matrix_levels import PLACES, SAMPLE
from pipeline.core.settings.environments import PROD, UAT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" not in metafunc.fixturenames:
        return
    sample = cells(SAMPLE)
    wanted = cells(metafunc.config.getoption("--matrix"))
    found = [
        pytest.param(cell, id=str(cell), marks=[] if cell in sample else [pytest.mark.faults])
        for cell in [*sample, *(one for one in wanted if one not in sample)]
        if cell.place.environment == metafunc.cls.environment
    ]
    found.sort(key=lambda one: one.values[0].place.scenario.name != "first")
    metafunc.parametrize("cell", found)


@pytest.fixture(scope="session")
def matrix_vm(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    registry: Registry,
) -> Iterator[Callable[[str], MatrixVm]]:
    """The VM of an environment with its chain of versions, prepared when it is first asked for."""
    made: dict[str, MatrixVm] = {}

    def get(environment: str) -> MatrixVm:
        if environment not in made:
            machine = request.getfixturevalue(f"{environment}_machine")
            project = matrix_project(tmp_path_factory.mktemp(f"{environment}-project"))
            chain = Chain(machine, registry, project)
            chain.prepare()
            quick = "faults" not in (request.config.option.markexpr or "")
            made[environment] = MatrixVm(chain, quick=quick)
        return made[environment]

    yield get
    for one in made.values():
        one.chain.machine.reset()


class TestUat:
    """The VM of UAT. A class each, so that two workers can have one of the VMs each."""

    environment = UAT

    def test_nothing_is_lost(self, matrix_vm, cell: Cell, request: pytest.FixtureRequest) -> None:
        """It is as before the run or as after it; and so it is once the named command was typed."""
        there = matrix_vm(self.environment)
        try:
            there.cell(cell)
        except NotPossible as error:
            if request.config.getoption("--matrix") not in (SAMPLE, PLACES):
                pytest.skip(str(error))  # another cell has the other fault there
            there.cell(replace(cell, fault=NO_PROGRAM[cell.fault]))


class TestProd(TestUat):
    """The VM of PROD."""

    environment = PROD
