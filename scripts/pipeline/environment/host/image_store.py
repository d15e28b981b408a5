"""Images on this machine: pulled by digest, kept under a local name, removed when old."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError, ToolError
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host

#: The tag of a kept image, with its environment; earlier versions wrote no environment.
_KEPT = re.compile(r"kept-(?:([a-z]+)-)?[0-9a-f]{1,12}")


@dataclass(frozen=True)
class RegistryLogin:
    """How a registry is logged in to.

    Attributes:
        user: its user.
        token_file: file with the password, ``-``: standard input; None: use Docker's own login.
    """

    user: str = ""
    token_file: Path | None = None

    def token(self, file: Path) -> str:
        """The password in the file. Raises InputError when it cannot be read."""
        try:
            given = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        except OSError as error:
            raise InputError(
                f"the file with the registry's password cannot be read: {error.strerror}",
                "give --registry-token-file, a file that this user can read",
            ) from error
        return given.strip()


def pull(host: Host, image: str, login: RegistryLogin) -> str:
    """Make sure that an image is on this machine; returns its id. It is pulled only if missing.

    Raises:
        ToolError: the registry does not deliver it.
    """
    here = host.daemon.image_id(image)
    if not here:
        download(host, image, login)
        here = host.daemon.image_id(image)
    host.daemon.tag(image, kept_name(host, here))
    return here


def download(host: Host, image: str, login: RegistryLogin) -> None:
    """Let Docker pull an image.

    With Docker's own login, the command `docker` does it, because that may require a helper program
    for passwords (`credsStore`), which the command starts.

    Args:
        host: the VM.
        image: the image.
        login: how the registry is logged in to.

    Raises:
        InputError: the file with the password cannot be read.
        ToolError: the registry does not deliver the image.
    """
    seconds = host.environment.seconds_for_image()
    try:
        if login.token_file is None:
            host.run(docker.docker("pull", "--quiet", image), timeout=seconds)
        else:
            token = login.token(login.token_file)
            host.daemon.pull(image, login.user, token, seconds)
    except ToolError as error:
        reason = error.message.partition("\n")[2] or error.message
        raise ToolError(
            f"{image} cannot be pulled:\n{reason}",
            "check the registry and its credentials; nothing was stopped",
        ) from error


def kept_name(host: Host, image: str) -> str:
    """The name that protects an image from being pruned, whatever the registry does.

    Each environment has its own, because UAT and PROD can be on the same machine.
    """
    here = host.environment
    return f"{here.project}:kept-{here.name}-{image.removeprefix('sha256:')[:12]}"


def tidy(host: Host, keep: int, needed: set[str]) -> list[str]:
    """Remove the names of all but the newest kept images; returns the removed names.

    An image is deleted when no environment keeps it any more, and no container uses it.

    Args:
        host: the VM.
        keep: how many images of this environment stay.
        needed: ids to keep in any case.
    """
    tagged = [
        (image, name, found[1])
        for image, name in host.daemon.tagged(host.environment.project)
        if (found := _KEPT.fullmatch(name.rpartition(":")[2]))
    ]
    mine = [one for one in tagged if one[2] in (None, host.environment.name)]
    newest = list(dict.fromkeys(image for image, _, _ in mine))[:keep]
    gone = [(image, name) for image, name, _ in mine if image not in {*newest, *needed}]
    for image, name in gone:
        host.daemon.untag(name)
    names = [name for _, name in gone]
    still = {image for image, name, _ in tagged if name not in names}
    for image in dict.fromkeys(image for image, _ in gone if image not in still):
        host.daemon.untag(*host.daemon.image_digests(image))
    return names
