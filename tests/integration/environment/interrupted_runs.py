"""Runs in a process of their own that dies, or is told to stop, at a chosen place."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable

from played_vm import Vm
from vm_migration import MIGRATION

from pipeline.environment.runs import journal
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.runner import Kind


def acting(event: str, step: str, action: Callable[[], None], before: bool = False) -> None:
    """In a process of its own: act when the journal comes to an event, before or after it."""
    real = Journal.write

    def write(self: Journal, kind: str, /, **data: object) -> None:
        mine = (kind, data.get("step")) == (event, step)
        if mine and before:
            action()
        real(self, kind, **data)
        if mine and not before:
            action()

    Journal.write = write  # type: ignore[method-assign]


def deciding_steps(kind: Kind) -> list[str]:
    """The steps that leave something to undo, those that decide the way, and what comes after.

    All of them, on machines: tests/e2e/test_matrix.py.
    """
    names = [step.name for step in kind.steps]
    accepted = next(number for number, step in enumerate(kind.steps) if step.accepts)
    chosen = [step.name for step in kind.steps if step.undo or step.alters or step.accepts]
    return [*chosen, names[accepted + 1], names[-1]]


def die() -> None:
    """As by kill -9: nothing more is done, and nothing is written."""
    os._exit(9)


def in_process(work: Callable[[], int]) -> int | None:
    """Do something in a copy of this process; gives its exit code."""

    def main() -> None:
        code = work()
        os._exit(code)

    process = multiprocessing.get_context("fork").Process(target=main)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def open_to_all(vm: Vm) -> None:
    """Nothing is closed any more: proxy, database, lock."""
    assert not list((vm.host.environment.directory / "proxy/state").iterdir())
    asked = f"SELECT datallowconn FROM pg_database WHERE datname = '{vm.database}'"
    assert vm.server.sql(asked) == "t"
    assert vm.command("unlock") == (0, "the lock is free\n")


def killed(vm: Vm, step: str) -> None:
    """A deployment that died in a step."""
    reference = vm.publish("v2", **MIGRATION)

    def work() -> int:
        acting(journal.STEP_DONE, step, die, before=True)
        return vm.command("deploy", "--image", reference, "--version", "v2")[0]

    assert in_process(work) == 9
