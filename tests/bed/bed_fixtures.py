"""Fixtures of the test bed: a pair of VMs a session, booted when a test first asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bed import Machine, machine
from bed_registry import Registry


@pytest.fixture(scope="session")
def uat_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The VM for UAT, held up for the session. What one test leaves, the next one finds."""
    folder = tmp_path_factory.mktemp("uat-machine")
    with machine("uat", folder / "keys", folder / "log") as up:
        yield up


@pytest.fixture(scope="session")
def prod_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The VM for PROD, held up for the session. What one test leaves, the next one finds."""
    folder = tmp_path_factory.mktemp("prod-machine")
    with machine("prod", folder / "keys", folder / "log") as up:
        yield up


@pytest.fixture
def uat(uat_machine: Machine) -> Machine:
    """The VM for UAT as if it were new."""
    uat_machine.reset()
    return uat_machine


@pytest.fixture
def prod(prod_machine: Machine) -> Machine:
    """The VM for PROD as if it were new."""
    prod_machine.reset()
    return prod_machine


@pytest.fixture(scope="session")
def registry() -> Registry:
    """A repository of this session's own in the mirror registry."""
    return Registry()
