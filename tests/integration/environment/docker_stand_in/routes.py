"""The paths of the Engine's API that are asked for, as its reference describes them."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from docker_stand_in.containers import end
from docker_stand_in.state import Refusal, State

#: The newest and the oldest version of the API that a Docker speaks, by its first number.
VERSIONS = {
    "19": ((1, 40), (1, 12)),
    "20": ((1, 41), (1, 12)),
    "26": ((1, 45), (1, 24)),
    "29": ((1, 52), (1, 44)),
}
_NAME = "([^/]+)"
_IMAGE = "(.+)"


@dataclass(frozen=True)
class Request:
    """What was asked in addition to method and path."""

    options: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass
class Stream:
    """An answer that comes in pieces; and what is done when the client goes before its end."""

    parts: Iterable[Mapping[str, Any]]
    given_up: Callable[[], None] = field(default=lambda: None)


def version(state: State, request: Request) -> tuple[int, Any]:
    newest, oldest = VERSIONS[state["docker"].partition(".")[0]]
    said = {"ApiVersion": newest, "MinAPIVersion": oldest}
    return 200, {
        "Version": state["docker"],
        **{name: ".".join(map(str, value)) for name, value in said.items()},
    }


def info(state: State, request: Request) -> tuple[int, Any]:
    return 200, {"DockerRootDir": str(state.home)}


def inspect(state: State, request: Request, name: str) -> tuple[int, Any]:
    name = state.find(name)
    one = state["containers"][name]
    running = one["status"] == "running"
    return 200, {
        "Id": name,
        "Name": f"/{name}",
        "Image": one["image"],
        "RestartCount": 0,
        "Config": {"Tty": False},
        "State": {"Status": one["status"], "ExitCode": 0, "StartedAt": "2026-01-01T00:00:00Z"},
        "NetworkSettings": {
            "Networks": {"x": {"IPAddress": one["address"] if running else ""}},
        },
    }


def containers(state: State, request: Request) -> tuple[int, Any]:
    filters = json.loads(request.options.get("filters", "{}"))
    if unknown := filters.keys() - {"name"}:
        raise Refusal(f"invalid filter {sorted(unknown)}", 400)
    found = [
        {"Id": name, "Names": [f"/{name}"]}
        for name, one in state["containers"].items()
        if all(re.search(part, f"/{name}") for part in filters.get("name", ()))
        and (request.options["all"] == "1" or one["status"] == "running")
    ]
    return 200, found


def stop(state: State, request: Request, name: str) -> tuple[int, Any]:
    one = state["containers"][state.find(name)]
    int(request.options["t"])
    if one["status"] != "running":
        return 304, None
    one["status"] = "exited"
    return 204, None


def remove(state: State, request: Request, name: str) -> tuple[int, Any]:
    name = state.find(name)
    if state["containers"][name]["status"] == "running" and request.options["force"] != "True":
        raise Refusal(f"cannot remove container {name}: it is running", 409)
    if request.options["v"] != "True":
        raise Refusal("stand-in: its volumes would stay for ever")
    end(state, name)
    return 204, None


def logs(state: State, request: Request, name: str) -> tuple[int, Any]:
    state.find(name)
    int(request.options["tail"])
    text = state.get("log", "the end of the log\n").encode()
    return 200, struct.pack(">BxxxL", 2, len(text)) + text


def top(state: State, request: Request, name: str) -> tuple[int, Any]:
    if state["containers"][state.find(name)]["status"] != "running":
        raise Refusal(f"container {name} is not running", 409)
    if request.options["ps_args"] != "-eo pid,args":
        raise Refusal("stand-in: nobody asks ps for that")
    return 200, {"Titles": ["PID", "COMMAND"], "Processes": [["1", "nginx: master process nginx"]]}


def _image(state: State, name: str) -> str:
    found: str = state["images"].get(name, name)
    if found not in state["images"].values():
        raise Refusal(f"No such image: {name}", 404)
    return found


def inspect_image(state: State, request: Request, name: str) -> tuple[int, Any]:
    return 200, _described(state, _image(state, name))


def _described(state: State, identity: str) -> dict[str, Any]:
    names = [name for name in state.images_of(identity) if name != identity]
    return {
        "Id": identity,
        "RepoTags": [name for name in names if "@" not in name],
        "RepoDigests": [name for name in names if "@" in name],
        "Size": 1 << 30,
    }


def images(state: State, request: Request) -> tuple[int, Any]:
    """In no order that means anything; the newest came last."""
    [pattern] = json.loads(request.options["filters"])["reference"]
    repository = pattern.removesuffix(":*")
    found = []
    for number, identity in enumerate(dict.fromkeys(state["images"].values())):
        one = _described(state, identity)
        one["RepoTags"] = [name for name in one["RepoTags"] if name.startswith(f"{repository}:")]
        if one["RepoTags"]:
            found.append({**one, "Created": 1_700_000_000 + number})
    return 200, found


def tag(state: State, request: Request, name: str) -> tuple[int, Any]:
    options = request.options
    state["images"][f"{options['repo']}:{options['tag']}"] = _image(state, name)
    return 201, None


def remove_image(state: State, request: Request, name: str) -> tuple[int, Any]:
    identity = _image(state, name)
    names = [one for one in state.images_of(identity) if one != identity]
    used = [one for one in state["containers"].values() if one["image"] == identity]
    if name == identity and len(names) > 1:
        raise Refusal(f"unable to delete {name}: it is referenced in multiple repositories", 409)
    if used and set(names) <= {name}:
        raise Refusal(f"unable to remove {name}: a container is using its image", 409)
    state["images"].pop(name, None)
    if set(names) <= {name}:
        state["images"].pop(identity, None)
    return 200, [{"Untagged": name}]


def pull(state: State, request: Request) -> tuple[int, Any]:
    options = request.options
    login = json.loads(base64.urlsafe_b64decode(request.headers["X-Registry-Auth"]))
    state["logins"].append(login)
    reference = f"{options['fromImage']}@{options['tag']}"
    if "pull in pieces" in state["faults"]:
        problem = "unexpected EOF"
        return 200, Stream([{"status": "Pulling"}, {"error": problem, "errorDetail": {}}])
    if reference not in state["registry"]:
        raise Refusal(f"manifest for {reference} not found: manifest unknown", 404)
    state["images"][reference] = state["registry"][reference]
    return 200, Stream([{"status": "Pulling"}, {"status": f"Digest: {options['tag']}"}])


def create_network(state: State, request: Request) -> tuple[int, Any]:
    name = request.body["Name"]
    if not request.body["Internal"]:
        raise Refusal("stand-in: a drill has no way out")
    if name in state["networks"]:
        raise Refusal(f"network with name {name} already exists", 409)
    state["networks"].append(name)
    return 201, {"Id": name, "Warning": ""}


def remove_network(state: State, request: Request, name: str) -> tuple[int, Any]:
    if name not in state["networks"]:
        raise Refusal(f"network {name} not found", 404)
    if name in [one.get("network") for one in state["containers"].values()]:
        raise Refusal(f"network {name} has active endpoints", 403)
    state["networks"].remove(name)
    return 204, None


_LIST = {"limit", "all", "size", "trunc_cmd", "filters"}
_LOGS = {"stderr", "stdout", "timestamps", "follow", "tail"}
ROUTES: list[tuple[str, str, set[str], Callable[..., tuple[int, Any]]]] = [
    ("GET", "/version", set(), version),
    ("GET", "/info", set(), info),
    ("GET", "/containers/json", _LIST, containers),
    ("GET", f"/containers/{_NAME}/json", set(), inspect),
    ("POST", f"/containers/{_NAME}/stop", {"t"}, stop),
    ("GET", f"/containers/{_NAME}/logs", _LOGS, logs),
    ("GET", f"/containers/{_NAME}/top", {"ps_args"}, top),
    ("DELETE", f"/containers/{_NAME}", {"v", "link", "force"}, remove),
    ("POST", "/images/create", {"fromImage", "tag"}, pull),
    ("GET", "/images/json", {"only_ids", "all", "filters"}, images),
    ("GET", f"/images/{_IMAGE}/json", set(), inspect_image),
    ("POST", f"/images/{_IMAGE}/tag", {"repo", "tag", "force"}, tag),
    ("DELETE", f"/images/{_IMAGE}", {"force", "noprune"}, remove_image),
    ("POST", "/networks/create", set(), create_network),
    ("DELETE", f"/networks/{_NAME}", set(), remove_network),
]
