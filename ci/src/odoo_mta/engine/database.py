"""PostgreSQL as a service of the engine, for databases that nobody will miss: fast, not durable.

It is the image `postgres:<major>` as it is. What is prepared is a layer of a container of it; each
service that starts from this container writes to a copy of its own, made as it writes.
"""

import dagger
from dagger import dag

#: Under which name, and as which user, other containers reach it.
HOST, ROLE = "db", "odoo"
#: Not the image's own place, which is a volume, and another one from 18 on.
_PGDATA = "/pgdata"
_ACCESS, _ARCHIVE = "/opt/pg_hba.conf", "/opt/files.tar"
_INITDB = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
#: Nothing here survives the call, so nothing waits for a disk.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "listen_addresses": "*",
    "unix_socket_directories": "/tmp",
    "hba_file": _ACCESS,
    # What a statement fails with is told to whoever sent it; the log of the call is for people.
    "log_min_messages": "fatal",
}
#: Nobody reads the log of changes but who copies the files.
_UNCOPIED = {"wal_level": "minimal", "max_wal_senders": "0"}
_ONCE = 'pg_ctl start --wait --silent -o "$*" && pg_ctl stop --silent --mode=fast'


def empty(version: int) -> dagger.Container:
    """A server without a database of anybody's; its files can be copied while it runs."""
    command = ["initdb", f"--username={ROLE}", *_INITDB]
    return _postgres(version).with_exec(command)


def filled(version: int, files: dagger.File) -> dagger.Container:
    """A server with the files that were copied from another one of its version."""
    container = _postgres(version).with_mounted_file(_ARCHIVE, files, owner="postgres")
    container = container.with_exec(["tar", "-x", "-f", _ARCHIVE, "-C", _PGDATA])
    # What changed while the files were copied is applied once, here, and not at every start.
    once = ["sh", "-c", _ONCE, "once", *_options(_SETTINGS | _UNCOPIED)]
    return container.without_mount(_ARCHIVE).with_exec(once)


def server(container: dagger.Container, whose: str, copied: bool = False) -> dagger.Service:
    """A running server of one of these containers.

    Args:
        container: the container.
        whose: who uses it; within a session, those who say the same share one server.
        copied: whether its files are to be copied while it runs.
    """
    settings = _SETTINGS if copied else _SETTINGS | _UNCOPIED
    return (
        container.with_env_variable("PIPELINE_SERVER_OF", whose)
        .with_exposed_port(5432)
        .as_service(args=["postgres", *_options(settings)])
    )


def programs(version: int) -> dagger.Directory:
    """The root of a file system with PostgreSQL's programs, of this version."""
    return dag.container().from_(f"postgres:{version}").rootfs()


def _postgres(version: int) -> dagger.Container:
    """The image, with an empty directory for the files, which only its user may read."""
    access = "local all all trust\nhost all,replication all all trust\n"
    making = ["install", "-d", "-m", "700", "-o", "postgres", "-g", "postgres", _PGDATA]
    return (
        dag.container()
        .from_(f"postgres:{version}")
        .with_env_variable("PGDATA", _PGDATA)
        .with_new_file(_ACCESS, access)
        .with_exec(making)
        .with_user("postgres")
    )


def _options(settings: dict[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
