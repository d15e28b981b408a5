"""Images come and stay: pulled by digest, kept under a name of this machine, removed when old."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import InputError, ToolError
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host
from pipeline.environment.runs.run import Run


def pull(run: Run, image: str) -> str:
    """Have an image on this machine; gives its id. It is not pulled when it is here already.

    Raises:
        ToolError: the registry does not give it.
    """
    here = run.host.image_id(image)
    if not here:
        download(run.host, image, run.registry_user, run.token_file, run.login)
        here = run.host.image_id(image)
    run.host.run(docker.docker("tag", image, kept_name(run.host, here)))
    return here


def download(host: Host, image: str, user: str, token_file: Path | None, login: Path) -> None:
    """Have docker fetch an image.

    Args:
        host: the VM.
        image: the image.
        user: whom the registry knows.
        token_file: file with the registry's password, ``-``: standard input; None: docker's own
            login is used.
        login: folder that holds the login meanwhile.

    Raises:
        InputError: the file cannot be read.
        ToolError: the registry does not give the image.
    """
    options = ("--config", str(_login(image, user, token_file, login))) if token_file else ()
    try:
        host.run(
            ("docker", *options, "pull", "--quiet", image),
            timeout=limits.for_image(host.environment),
        )
    except ToolError as error:
        raise ToolError(
            f"{image} cannot be pulled:\n{error.message.partition(chr(10))[2]}",
            "check the registry and its credentials; nothing was stopped",
        ) from error
    finally:
        shutil.rmtree(login, ignore_errors=True)


def kept_name(host: Host, image: str) -> str:
    """The name that keeps an image from being collected, whatever the registry does."""
    return f"{host.environment.project}:kept-{image.removeprefix('sha256:')[:12]}"


def tidy(host: Host, keep: int, needed: set[str]) -> list[str]:
    """Remove kept images but the newest ones; gives the names of those removed.

    Args:
        host: the VM.
        keep: how many stay.
        needed: ids that stay in any case.
    """
    pattern = f"{host.environment.project}:kept-*"
    argv = docker.docker("images", "--no-trunc", "--filter", f"reference={pattern}")
    form = ("--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    rows = [line.split() for line in host.run((*argv, *form)).stdout.splitlines()]
    gone = [(image, name) for image, name in rows[keep:] if image not in needed]
    for image, name in gone:
        names = [name]
        for found in host.inspect(image):
            names += found.get("RepoDigests") or []
        host.run(docker.docker("rmi", *names), ok=(0, 1))
    return [name for _, name in gone]


def _login(image: str, user: str, token_file: Path, folder: Path) -> Path:
    try:
        given = sys.stdin.read() if str(token_file) == "-" else token_file.read_text("utf-8")
        token = given.strip()
    except OSError as error:
        raise InputError(
            f"the file with the registry's password cannot be read: {error.strerror}",
            "give --registry-token-file, a file that this user can read",
        ) from error
    secret = base64.b64encode(f"{user}:{token}".encode()).decode()
    folder.mkdir(mode=0o700, exist_ok=True)
    login = json.dumps({"auths": {address(image): {"auth": secret}}})
    with files.create(folder / "config.json") as file:
        file.write(login.encode())
    return folder


def address(image: str) -> str:
    """The registry of an image, as docker's configuration names it. Pure."""
    first = image.partition("/")[0]
    named = "/" in image and ("." in first or ":" in first or first == "localhost")
    return first if named else "https://index.docker.io/v1/"
