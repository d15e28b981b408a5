"""What a deployment needs of Docker: containers, images, networks. Typed; no text is parsed."""

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
    """A container.

    Attributes:
        id: its id.
        name: the host name for others on its network.
        image: the id of its image.
        running: whether it runs.
        exit_code: of its last run.
        restarts: how often Docker restarted it.
        started: when, by the clock of the machine.
        address: the IP address for this machine; empty: none.
        stop_seconds: its grace period, from the Compose file; 0: Docker's default.
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
    """This machine's daemon. The connection is made by the first request.

    Every method raises what :func:`connect` raises, and ToolError when Docker refuses.

    Args:
        seconds: time limit of each answer.
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
        """The folder in which it keeps images and volumes."""
        with self._asked("say where it keeps its data") as client:
            return Path(client.info()["DockerRootDir"])

    def container(self, name: str) -> Container | None:
        """A container by its name or id; None: it does not exist."""
        with self._asked(f"describe the container {name}") as client:
            try:
                return _container(client.inspect_container(name))
            except NotFound:
                return None

    def named(self, part: str) -> list[str]:
        """Ids of the containers whose name contains this text, running or not."""
        with self._asked("list its containers") as client:
            found = client.containers(all=True, filters={"name": part})
            return [str(one["Id"]) for one in found]

    def publishes(self, port: int) -> bool:
        """Whether a running container publishes this port of the machine."""
        with self._asked("list its containers") as client:
            return bool(client.containers(filters={"publish": str(port)}))

    def stop(self, name: str, seconds: int) -> None:
        """Stop a container, with a grace period; a missing one counts as stopped."""
        with self._asked(f"stop the container {name}", self._seconds + seconds) as client:
            with suppress(NotFound):
                client.stop(name, timeout=seconds)

    def remove(self, *names: str) -> None:
        """Kill containers and remove them with their volumes, as far as Docker can."""
        for name in names:
            with self._asked(f"remove the container {name}") as client:
                with suppress(APIError):
                    client.remove_container(name, v=True, force=True)

    def log(self, name: str, lines: int) -> str:
        """The end of a container's log; empty when the container does not exist."""
        with self._asked(f"give the log of {name}") as client:
            try:
                return client.logs(name, tail=lines).decode("utf-8", "replace")
            except NotFound:
                return ""

    def processes(self, name: str) -> list[str]:
        """The command lines of a container's processes; none when it does not run."""
        with self._asked(f"list the processes of {name}") as client:
            try:
                found = client.top(name, ps_args="-eo pid,args")["Processes"]
            except APIError:
                return []
            return [str(row[-1]) for row in found or ()]

    def _image(self, reference: str) -> Mapping[str, Any]:
        """An image; empty when it is not on this machine."""
        with self._asked(f"describe the image {reference}") as client:
            try:
                found: dict[str, Any] = client.inspect_image(  # type: ignore[no-untyped-call]
                    reference
                )
            except NullResource:
                return {}
            except APIError as error:  # not here, or not a valid name of an image
                if not error.is_client_error():
                    raise
                return {}
            return found

    def image_id(self, reference: str) -> str:
        """The id of an image; empty when it is not on this machine."""
        return str(self._image(reference).get("Id", ""))

    def image_digests(self, reference: str) -> list[str]:
        """The digest references of an image; none when it is not on this machine."""
        return list(self._image(reference).get("RepoDigests") or ())

    def image_size(self, reference: str) -> int:
        """The size of an image in bytes; 0 when it is not on this machine."""
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
        """Add a name to an image."""
        repository, _, tag = name.rpartition(":")
        with self._asked(f"name the image {image} {name}") as client:
            client.tag(image, repository, tag)

    def untag(self, *names: str) -> None:
        """Remove names of images; an image without names is deleted, unless a container uses it."""
        for name in names:
            with self._asked(f"remove the image {name}") as client, suppress(APIError):
                client.remove_image(name)

    def pull(self, image: str, user: str, token: str, seconds: float) -> None:
        """Pull an image from a registry. The login is in the request, and nowhere else.

        However the wait ends, the connection is closed, and Docker stops pulling.

        Args:
            image: its reference.
            user: of the registry.
            token: the password.
            seconds: time limit.
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
        """Create a network without access to the outside."""
        with self._asked(f"make the network {name}") as client:
            client.create_network(name, internal=True, check_duplicate=True)

    def remove_network(self, name: str) -> None:
        """Remove the network of that name, if it exists."""
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
