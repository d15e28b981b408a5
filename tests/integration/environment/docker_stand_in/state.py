"""What the stand-in knows: containers, images, networks; and who sees which of them."""

from __future__ import annotations

import os
import sys

from docker_stand_in import kept

TYPE_CHECKING = False  # importing typing takes as long as all else
if TYPE_CHECKING:
    from pathlib import Path

#: The services whose containers run the image that is deployed.
ODOO = ("odoo-mta-web", "odoo-mta-cron")
#: The name that the compose files give the database's container.
DATABASE = "odoo-mta-db"


class Refusal(Exception):
    """What Docker does not do, and the status of the answer that says so."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class State(dict):  # type: ignore[type-arg]
    """The state, and the folder in which it lies."""

    home: Path | str

    def images_of(self, identity: str) -> list[str]:
        """The names of an image."""
        return [name for name, image in self["images"].items() if image == identity]

    def describe(self, identity: str) -> dict:  # type: ignore[type-arg]
        """What is in an image."""
        found: dict = kept.kept(self.home, "images")[identity]  # type: ignore[type-arg]
        return found

    def containers_of(self, service: str, everything: bool = False) -> list[str]:
        """Names of a service's containers."""
        return [
            name
            for name, one in self["containers"].items()
            if one["service"] == service and (everything or one["status"] == "running")
        ]

    def find(self, name: str) -> str:
        """The name under which a container is kept. Raises Refusal: it is not there."""
        if name == DATABASE:
            name = next(iter(self.containers_of("postgres", True)), name)
        if name not in self["containers"]:
            raise Refusal(f"No such container: {name}", 404)
        return name

    def add(self, name: str, service: str, image: str, **more: object) -> None:
        """A container that runs from now on."""
        self["number"] += 1
        address = f"127.0.1.{self['number'] % 250 + 1}"
        one = {"service": service, "image": image, "status": "running", "address": address}
        self["containers"][name] = one | more


def load(home: Path | str) -> State:
    """The state as it is now."""
    state = State(kept.kept(home, "state"))
    state.home = home
    return state


def save(state: State, before: State) -> None:
    """Write it, if a command changed it."""
    if state != before:
        kept.keep(state.home, "state", dict(state))


def note(state: State, call: list[str]) -> None:
    """Write a call down. Raises Refusal when it is one that is to fail."""
    kept.record(state.home, call)
    for fault in state["faults"]:
        if fault in " ".join(call):
            raise Refusal(f"stand-in: {fault} fails")


def run(state: State, server: str, *command: str) -> int:
    """Run one of PostgreSQL's programs, or Python, against a server of the tests."""
    variables = {**os.environ, "PGHOST": f"{state.home}/{server}", "PGUSER": "odoo"}
    sys.stdout.flush()
    return os.spawnvpe(os.P_WAIT, command[0], command, variables)
