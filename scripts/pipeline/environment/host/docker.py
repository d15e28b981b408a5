"""How docker, Compose and PostgreSQL's programs are called: argument lists; nothing runs here."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core import limits
from pipeline.core.environments import Environment

Argv = tuple[str, ...]

#: Where the image has Odoo's files.
DATA = "/var/lib/odoo"


def compose(*arguments: str) -> Argv:
    """A Compose command. `.env` of the working directory names the files and the project."""
    return ("docker", "compose", *arguments)


def up(*services: str, wait: bool = False) -> Argv:
    """Start services as the files have them, without touching what they depend on."""
    return compose("up", "--detach", "--no-deps", *(("--wait",) if wait else ()), *services)


def up_renewed(service: str) -> Argv:
    """Start a service of Odoo, so that it runs what its image holds now.

    Odoo's image declares the folder of its add-ons as a volume. Compose gives a container that it
    recreates the volumes without a name of the one before: the old add-ons, whatever the image.
    """
    return compose("up", "--detach", "--no-deps", "--renew-anon-volumes", service)


def up_beside(service: str, count: int) -> Argv:
    """Start more containers of a service, and leave those that run as they are."""
    scale = ("--no-recreate", "--scale", f"{service}={count}")
    return compose("up", "--detach", "--no-deps", *scale, service)


def stop(*services: str) -> Argv:
    """Stop services, each within its own grace period."""
    return compose("stop", *services)


def containers(service: str, everything: bool = False) -> Argv:
    """The ids of a service's containers, the one-off ones left out."""
    return compose("ps", "--quiet", *(("--all",) if everything else ()), service)


def one_off(
    service: str, name: str, entry: Sequence[str], command: Sequence[str], seconds: float = 0
) -> Argv:
    """A container of its own for one command, with a service's mounts and network.

    Args:
        service: of the compose files.
        name: of the container.
        entry: program and first arguments, instead of the image's entry point; empty: that one.
        command: arguments.
        seconds: limit for `entry`, kept inside the container; 0: none.
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
    """Run a command in a container that runs.

    Args:
        container: its name or id.
        command: program and arguments.
        environment: variables, as NAME=value.
        seconds: limit; 0: none. It is kept inside the container: what `docker exec` started
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
        tag: name under which the server knows the session, so that it can be ended.
        seconds: limit; 0: none. The server keeps it as well, for each statement: it would end one
            that is under way only when it next talks to its client.
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
    """psql that reads statements from its input and prints bare rows.

    The arguments are those of :func:`in_database`; ``strict``: an error ends it.
    """
    options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only")
    stop = ("--variable", "ON_ERROR_STOP=1") if strict else ()
    where = (*stop, "--dbname", database)
    return in_database(environment, "psql", *options, *where, tag=tag, seconds=seconds)
