"""How docker, Compose and PostgreSQL's programs are called: argument lists; nothing runs here."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core import limits
from pipeline.core.settings.environments import Environment

Argv = tuple[str, ...]

#: The folder of Odoo's files in the image.
DATA = "/var/lib/odoo"


def compose(*arguments: str) -> Argv:
    """A Compose command. `.env` of the working directory names the files and the project."""
    return ("docker", "compose", *arguments)


def up(*services: str, wait: bool = False) -> Argv:
    """Start services as in the Compose files, without touching what they depend on."""
    return compose("up", "--detach", "--no-deps", *(("--wait",) if wait else ()), *services)


def up_renewed(service: str) -> Argv:
    """Start a service of Odoo with the add-ons of its current image.

    Odoo's image declares the folder of its add-ons as a volume. When Compose recreates a container,
    the new one inherits the old one's anonymous volumes: the old add-ons, whatever the image.
    """
    return compose("up", "--detach", "--no-deps", "--renew-anon-volumes", service)


def up_beside(service: str, count: int) -> Argv:
    """Start additional containers of a service, and leave the running ones as they are."""
    scale = ("--no-recreate", "--scale", f"{service}={count}")
    return compose("up", "--detach", "--no-deps", *scale, service)


def stop(*services: str) -> Argv:
    """Stop services, each within its own grace period."""
    return compose("stop", *services)


def containers(service: str, everything: bool = False) -> Argv:
    """The ids of a service's containers, without one-off containers."""
    return compose("ps", "--quiet", *(("--all",) if everything else ()), service)


def one_off(
    service: str, name: str, entry: Sequence[str], command: Sequence[str], seconds: float = 0
) -> Argv:
    """A new container for one command, with a service's mounts and network.

    Args:
        service: of the compose files.
        name: of the container.
        entry: program and first arguments, instead of the image's entry point; empty: that one.
        command: arguments.
        seconds: time limit for `entry`, applied inside the container; 0: none.
    """
    entry = (*_limited(seconds), *entry)
    entrypoint = ("--entrypoint", entry[0]) if entry else ()
    options = ("--rm", "--no-deps", "--no-TTY", "--name", name, *entrypoint)
    return compose("run", *options, service, *entry[1:], *command)


def logs(service: str, lines: int, follow: bool = False) -> Argv:
    """A service's log."""
    options = ("--no-color", "--timestamps", "--tail", str(lines))
    return compose("logs", *options, *(("--follow",) if follow else ()), service)


def docker(*arguments: str) -> Argv:
    """A docker command."""
    return ("docker", *arguments)


def execute(
    container: str, command: Sequence[str], environment: Sequence[str] = (), seconds: float = 0
) -> Argv:
    """Run a command in a running container.

    Args:
        container: its name or id.
        command: program and arguments.
        environment: variables, as NAME=value.
        seconds: time limit; 0: none. It applies inside the container: what `docker exec` started
            keeps running there when the client on this side is gone.
    """
    variables = tuple(part for variable in environment for part in ("--env", variable))
    limited = (*_limited(seconds), *command)
    return docker("exec", "--interactive", *variables, container, *limited)


def _limited(seconds: float) -> Argv:
    if not seconds:
        return ()
    return ("timeout", "-k", f"{limits.GRACE:.0f}", f"{max(1, seconds):.0f}")


def in_database(
    environment: Environment, program: str, *options: str, tag: str = "", seconds: float = 0
) -> Argv:
    """A program of PostgreSQL in the database's container, as the role that owns everything.

    Args:
        environment: names the container and the role.
        program: such as ``pg_dump``.
        options: of the program.
        tag: the session's name on the server, so that it can be ended.
        seconds: time limit; 0: none. The server applies it, too, to each statement: otherwise a
            running one would end only when the server next talks to its client.
    """
    name = (f"PGAPPNAME={tag}",) if tag else ()
    limit = (f"PGOPTIONS=-c statement_timeout={seconds * 1000:.0f}",) if seconds else ()
    command = (program, "--username", environment.database_user, *options)
    later = seconds + 1 if seconds else 0
    return execute(environment.database_container, command, (*name, *limit), later)


def psql(
    environment: Environment,
    database: str,
    tag: str = "",
    seconds: float = 0,
    strict: bool = True,
) -> Argv:
    """psql reading statements from its input and printing bare rows.

    The arguments are those of :func:`in_database`; ``strict``: an error ends it.
    """
    options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only")
    stop = ("--variable", "ON_ERROR_STOP=1") if strict else ()
    where = (*stop, "--dbname", database)
    return in_database(environment, "psql", *options, *where, tag=tag, seconds=seconds)
