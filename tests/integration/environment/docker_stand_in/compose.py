"""`docker compose`, as far as it is called."""

from __future__ import annotations

import os

from docker_stand_in.containers import inside
from docker_stand_in.state import ODOO, Refusal, State


def _image_of(state: State, service: str) -> str:
    """The id of the image that the compose files give a service."""
    if service not in ODOO:
        return service
    name = os.environ["ODOO_IMAGE"]
    if name not in state["images"]:
        raise Refusal(f"stand-in: no such image {name}")
    found: str = state["images"][name]
    return found


def ps(state: State, words: list[str]) -> int:
    print("\n".join(state.containers_of(words[-1], "--all" in words)))
    return 0


def up(state: State, words: list[str]) -> int:
    count, keep = 1, "--no-recreate" in words
    if "--scale" in words:
        count = int(words[words.index("--scale") + 1].partition("=")[2])
        words = words[: words.index("--scale")] + words[words.index("--scale") + 2 :]
    for service in (word for word in words if not word.startswith("--")):
        identity = _image_of(state, service)
        for name in state.containers_of(service, True):
            one = state["containers"][name]
            if not keep and one["image"] != identity:
                del state["containers"][name]
            elif not keep:
                one["status"] = "running"
        while len(state.containers_of(service)) < count:
            state.add(f"{service}-{state['number'] + 1}", service, identity)
    return 0


def stop(state: State, words: list[str]) -> int:
    for service in words:
        for name in state.containers_of(service):
            state["containers"][name]["status"] = "exited"
    return 0


def remove(state: State, words: list[str]) -> int:
    for service in (word for word in words if not word.startswith("--")):
        for name in state.containers_of(service, True):
            del state["containers"][name]
    return 0


def run(state: State, words: list[str]) -> int:
    words = words[words.index("--name") + 2 :]
    entry = words[1:2] if words[0] == "--entrypoint" else []
    words = words[2:] if entry else words
    return inside(state, _image_of(state, words[0]), [*entry, *words[1:]])


def execute(state: State, words: list[str]) -> int:
    if words[1] == "nginx":
        return 0
    try:
        with open("proxy/state/upstream.conf") as file:
            text = file.read()
    except FileNotFoundError:
        text = "set $odoo_host odoo-mta-web;"
    print(text.split()[2].rstrip(";"))
    return 0


def config(state: State, words: list[str]) -> int:
    if "--format" not in words:
        print("\n".join(state["services"]))
        return 0
    import json  # which takes longer than most calls

    source = f"{state.home}/images"
    settings = {"type": "bind", "source": source, "target": "/etc/odoo/odoo.conf"}
    data = {"type": "volume", "source": "odoo-data", "target": "/var/lib/odoo"}
    print(json.dumps({"services": {"odoo-mta-web": {"volumes": [settings, data]}}}))
    return 0


def version(state: State, words: list[str]) -> int:
    print(state["compose"])
    return 0


def logs(state: State, words: list[str]) -> int:
    print("a line of the log")
    return 0


COMMANDS = {
    "config": config,
    "exec": execute,
    "logs": logs,
    "ps": ps,
    "rm": remove,
    "run": run,
    "stop": stop,
    "up": up,
    "version": version,
}
