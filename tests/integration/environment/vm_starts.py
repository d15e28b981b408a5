"""How each scenario of the matrix of faults is started where Docker is a stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anonymized_dump import write_dump
from played_vm import Vm
from vm_migration import MIGRATION

from pipeline.environment.outbox import hold_sql


@dataclass(frozen=True)
class State:
    """What an environment may be."""

    version: str
    rows: dict[str, Any] | None
    files: tuple[str, ...] = ()


def _image(vm: Vm, name: str, **changes: Any) -> list[str]:
    return ["deploy", "--image", vm.publish(name, **changes), "--version", name]


def _update(vm: Vm, before: State) -> tuple[list[str], State, State]:
    assert before.rows
    rows = {**before.rows, "version": "19.0.2.0.0", "new": True}
    return _image(vm, "v2", **MIGRATION), before, State("v2", rows, before.files)


def _side_by_side(vm: Vm, before: State) -> tuple[list[str], State, State]:
    return _image(vm, "v2"), before, State("v2", before.rows, before.files)


def _first(vm: Vm, before: State) -> tuple[list[str], State, State]:
    schema = (
        "CREATE TABLE ir_module_module (name text, state text, latest_version text); "
        "CREATE TABLE res_partner (id int, name text); CREATE TABLE mail_mail (id int, state text);"
    )
    rows = {"partners": None, "version": None, "new": False, "mails": None}
    return _image(vm, "v1", update=schema), before, State("v1", rows, before.files)


def _rollback(vm: Vm, before: State) -> tuple[list[str], State, State]:
    code, said = vm.command("backup", "create")
    assert code == 0, said
    vm.sql("INSERT INTO res_partner (name) VALUES ('later')")
    assert before.rows
    rows = {**before.rows, "partners": [*before.rows["partners"], "later"]}
    return ["rollback"], State(before.version, rows, before.files), before


def _backup(vm: Vm, before: State) -> tuple[list[str], State, State]:
    return ["backup", "create"], before, before


def _drill(vm: Vm, before: State) -> tuple[list[str], State, State]:
    code, said = vm.command("backup", "create")
    assert code == 0, said
    manifest = said.split()[-1].rpartition("/")[2]
    return ["backup", "verify", "--restore", "--manifest", manifest], before, before


def _refresh(vm: Vm, before: State) -> tuple[list[str], State, State]:
    """A dump as `pipeline privacy anonymize` leaves it."""
    path = write_dump(vm, vm.home.parent / "uat.dump", template=vm.database)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert before.rows
    rows = {**before.rows, "partners": ["somebody else"] * len(before.rows["partners"])}
    command = ["load-refresh", "--dump", str(path), "--sha256", digest]
    return command, before, State(before.version, rows, before.files)


def _outbox(vm: Vm, before: State) -> tuple[list[str], State, State]:
    vm.sql("INSERT INTO mail_mail (state) VALUES ('outgoing');" + hold_sql.hold())
    assert before.rows
    held = State(before.version, {**before.rows, "mails": ["cancel"]}, before.files)
    sent = State(before.version, {**before.rows, "mails": ["outgoing"]}, before.files)
    return ["outbox", "--release", "--apply"], held, sent


STARTS: dict[str, Callable[[Vm, State], tuple[list[str], State, State]]] = {
    "update": _update,
    "side-by-side": _side_by_side,
    "first": _first,
    "rollback": _rollback,
    "refresh": _refresh,
    "backup": _backup,
    "drill": _drill,
    "outbox": _outbox,
}
