"""What a deployment asks Docker for: containers, images, networks. Typed, and nothing is parsed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound, NullResource
from docker.utils import parse_repository_tag

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.environment.host.daemon.connection import Client, asking, connect


@dataclass(frozen=True)
class Container:
    """A container as Docker knows it.

    Attributes:
        id: its id.
        name: by which the others on its network reach it.
        image: the id of its image.
        running: whether it runs.
        exit_code: of its last end.
        restarts: how often Docker started it again.
        started: when, by the clock of the machine.
        address: by which this machine reaches it; empty: it has none.
        stop_seconds: that it has for its own end, as its Compose file says; 0: Docker's default.
    """

    id: str
    name: str
    image: str
    running: bool
    exit_code: int
    restarts: int
    started: str
    address: str
    stop_seconds: int


class Daemon:
    """The daemon of this machine. It is asked for the first time when something is wanted of it.

    Every method raises what :func:`connect` raises, and ToolError for what Docker refuses.

    Args:
        seconds: limit of each answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @cached_property
    def _client(self) -> Client:
        return connect(self._seconds)

    @contextmanager
    def _asked(self, what: str, seconds: float | None = None) -> Iterator[Client]:
        client = self._client
        with asking(what, client.socket, client.seconds if seconds is None else seconds):
            yield client

    def version(self) -> str:
        """Its version."""
        with self._asked("give its version") as client:
            return str(client.version()["Version"])

    def root(self) -> Path:
        """Where it keeps images and volumes."""
        with self._asked("say where it keeps its data") as client:
            return Path(client.info()["DockerRootDir"])

    def container(self, name: str) -> Container | None:
        """A container by its name or id; None: it is not there."""
        with self._asked(f"describe the container {name}") as client:
            try:
                return _container(client.inspect_container(name))
            except NotFound:
                return None

    def named(self, part: str) -> list[str]:
        """Ids of the containers whose name has such a part, whether they run or not."""
        with self._asked("list its containers") as client:
            found = client.containers(all=True, filters={"name": part})
            return [str(one["Id"]) for one in found]

    def publishes(self, port: int) -> bool:
        """Whether a container that runs has this port of the machine."""
        with self._asked("list its containers") as client:
            return bool(client.containers(filters={"publish": str(port)}))

    def stop(self, name: str, seconds: int) -> None:
        """Stop a container, with time for what it is doing; one that is not there is stopped."""
        with self._asked(f"stop the container {name}", self._seconds + seconds) as client:
            with suppress(NotFound):
                client.stop(name, timeout=seconds)

    def remove(self, *names: str) -> None:
        """End containers and remove them with their volumes, as far as Docker can."""
        for name in names:
            with self._asked(f"remove the container {name}") as client:
                with suppress(APIError):
                    client.remove_container(name, v=True, force=True)

    def log(self, name: str, lines: int) -> str:
        """The end of a container's log; empty when the container is not there."""
        with self._asked(f"give the log of {name}") as client:
            try:
                return client.logs(name, tail=lines).decode("utf-8", "replace")
            except NotFound:
                return ""

    def processes(self, name: str) -> list[str]:
        """The command lines of what runs in a container; none when it does not run."""
        with self._asked(f"list the processes of {name}") as client:
            try:
                found = client.top(name, ps_args="-eo pid,args")["Processes"]
            except APIError:
                return []
            return [str(row[-1]) for row in found or ()]

    def _image(self, reference: str) -> Mapping[str, Any]:
        """An image; nothing when it is not here."""
        with self._asked(f"describe the image {reference}") as client:
            try:
                found: dict[str, Any] = client.inspect_image(  # type: ignore[no-untyped-call]
                    reference
                )
            except NullResource:
                return {}
            except APIError as error:  # not here, or what nobody can call an image
                if not error.is_client_error():
                    raise
                return {}
            return found

    def image_id(self, reference: str) -> str:
        """The id of an image; empty when it is not here."""
        return str(self._image(reference).get("Id", ""))

    def image_digests(self, reference: str) -> list[str]:
        """The names by digest of an image; none when it is not here."""
        return list(self._image(reference).get("RepoDigests") or ())

    def image_size(self, reference: str) -> int:
        """The bytes of an image; 0 when it is not here."""
        return int(self._image(reference).get("Size", 0))

    def tagged(self, repository: str) -> list[tuple[str, str]]:
        """Id and name of each image of a repository, the newest first."""
        with self._asked("list its images") as client:
            found = client.images(filters={"reference": f"{repository}:*"})
        return [
            (str(one["Id"]), name)
            for one in sorted(found, key=lambda one: -int(one["Created"]))
            for name in one.get("RepoTags") or ()
            if name.startswith(f"{repository}:")
        ]

    def tag(self, image: str, name: str) -> None:
        """Give an image one more name."""
        repository, _, tag = name.rpartition(":")
        with self._asked(f"name the image {image} {name}") as client:
            client.tag(image, repository, tag)

    def untag(self, *names: str) -> None:
        """Take names from images; what has none left goes, unless something runs from it."""
        for name in names:
            with self._asked(f"remove the image {name}") as client, suppress(APIError):
                client.remove_image(name)

    def pull(self, image: str, user: str, token: str, seconds: float) -> None:
        """Have an image fetched from a registry. The login is in the request, and nowhere else.

        When the wait ends, whatever ends it, the connection is closed, and Docker stops fetching.

        Args:
            image: its reference.
            user: whom the registry knows.
            token: the password.
            seconds: limit.
        """
        repository, tag = parse_repository_tag(image)
        given = {"username": user, "password": token}
        what, deadline = f"pull {image}", time.monotonic() + seconds
        with self._asked(what, seconds) as client:
            with Client(client.socket, client.api_version, seconds) as puller:
                events = puller.pull(repository, tag, auth_config=given, stream=True, decode=True)
                with closing(events):
                    for event in events:
                        if "error" in event:
                            raise ToolError(
                                f"Docker cannot {what}: {event['error']}",
                                "check the registry and its credentials",
                            )
                        if time.monotonic() > deadline:
                            raise TimeLimitError(
                                f"Docker did not {what} within {seconds:.0f} s",
                                "find out how fast the registry is, or lower "
                                "slowest_mib_per_second in pipeline.toml",
                            )

    def create_network(self, name: str) -> None:
        """Make a network without access to the outside."""
        with self._asked(f"make the network {name}") as client:
            client.create_network(name, internal=True, check_duplicate=True)

    def remove_network(self, name: str) -> None:
        """Remove the network of that name, when it is there."""
        with self._asked(f"remove the network {name}") as client, suppress(NotFound):
            client.remove_network(name)


def _container(said: Mapping[str, Any]) -> Container:
    state = said["State"]
    networks = (said.get("NetworkSettings") or {}).get("Networks") or {}
    addresses = [one["IPAddress"] for one in networks.values() if one.get("IPAddress")]
    return Container(
        id=str(said["Id"]),
        name=str(said["Name"]).lstrip("/"),
        image=str(said["Image"]),
        running=state["Status"] == "running",
        exit_code=int(state.get("ExitCode", 0)),
        restarts=int(said.get("RestartCount", 0)),
        started=str(state.get("StartedAt", "")),
        address=str(addresses[0]) if addresses else "",
        stop_seconds=int(said["Config"].get("StopTimeout") or 0),
    )
