"""What runs in containers: `docker exec`, `docker run`, and their end."""

from __future__ import annotations

import os
import sys

from docker_stand_in.state import Refusal, State
from docker_stand_in.state import run as run_program


def inside(state: State, image: str, command: list[str]) -> int:
    """A command in a container of Odoo's image."""
    described = state.describe(image)
    limit = command[:4] if command[0] == "timeout" else []
    command = command[len(limit) :]
    if command[0] == "odoo":
        return _update(state, described, command)
    if "Print, as JSON, the add-ons" in command[2]:
        import json  # which takes longer than most calls

        print(json.dumps({"series": "19.0", "addons": described["addons"]}))
        return 0
    folder = command[3].replace("/var/lib/odoo", f"{state.home}/data")
    return run_program(state, "live", *limit, sys.executable, "-IS", "-c", command[2], folder)


def _update(state: State, described: dict, command: list[str]) -> int:  # type: ignore[type-arg]
    database = command[command.index("--database") + 1]
    psql = ("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", described["update"])
    code = run_program(state, "live", *psql)
    print(described["log"])
    return code or int(described["exit"])


def execute(state: State, words: list[str]) -> int:
    words = words[1:]
    while words[0] == "--env":
        name, _, value = words[1].partition("=")
        os.environ[name] = value
        words = words[2:]
    limit = words[1:5] if words[1] == "timeout" else []
    words = [words[0], *words[1 + len(limit) :]]
    if words[0] in state["containers"] and words[1] == "python3":
        return inside(state, state["containers"][words[0]]["image"], [*limit, *words[1:]])
    drill = words[0].endswith("-drill")
    if drill and words[0] not in state["containers"]:
        raise Refusal(f"stand-in: no such container {words[0]}")
    if words[1] == "pg_isready":
        words = ["", "pg_isready", "--quiet"]
    return run_program(state, "drill" if drill else "live", *limit, *words[1:])


def start(state: State, words: list[str]) -> int:
    """`docker run`: a PostgreSQL of the tests, or an Odoo; its network must be there."""
    options: dict[str, list[str]] = {}
    alone = ("--detach", "--rm", "--interactive")
    while words[0].startswith("--"):
        if words[0] in alone:
            options[words.pop(0)] = []
        else:
            options.setdefault(words.pop(0), []).append(words.pop(0))
    image, *command = words
    [name], [network] = options["--name"], options["--network"]
    for problem, wrong in (
        (f"no network {network}", network not in state["networks"]),
        (f"{name} is there already", name in state["containers"]),
        (f"no image {image}", image != "postgres" and image not in state["images"]),
    ):
        if wrong:
            raise Refusal(f"stand-in: {problem}")
    for one in options.get("--mount", []):
        source = dict(part.partition("=")[::2] for part in one.split(","))["source"]
        if not os.path.exists(source):
            raise Refusal(f"stand-in: bind source path does not exist: {source}")
    with open(options["--env-file"][0]) as file:
        known = dict(line.split("=", 1) for line in file.read().splitlines())
    if image != "postgres" and known["HOST"] not in state["containers"]:
        raise Refusal("stand-in: could not translate the host's name")
    if "shell" in command:
        print("DRILL made 12345" if "make_pdf" not in state["faults"] else "DRILL bad no")
        return 0
    identity = state["images"].get(image, image)
    state.add(name, "", identity, network=network, mounts=options.get("--mount", []))
    return 0


def end(state: State, name: str) -> None:
    """Remove a container, and with a server of a drill all that it had."""
    del state["containers"][name]
    if not name.endswith("-drill"):
        return
    for query in (
        "SELECT format('DROP DATABASE %I WITH (FORCE);', datname) FROM pg_database WHERE "
        "datname <> 'postgres' AND NOT datistemplate",
        "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname <> user "
        "AND rolname NOT LIKE 'pg\\_%'",
    ):
        command = f'psql -XAtq -U odoo -d postgres -c "{query}" | psql -Xq -U odoo postgres'
        run_program(state, "drill", "sh", "-c", command)
