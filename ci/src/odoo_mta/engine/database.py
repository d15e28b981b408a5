"""PostgreSQL as a service of the engine, for throwaway databases: fast, not durable.

It is the unchanged image `postgres:<major>`. A prepared database is a layer of a container of it;
each service that starts from this container writes to its own copy (copy on write).
"""

import dagger
from dagger import dag

#: Host name and user with which other containers connect to it.
HOST, ROLE = "db", "odoo"
#: Not the image's own folder, which is a volume, and a different one since 18.
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
    # The client gets the errors of its statements; the call's log is for people.
    "log_min_messages": "fatal",
}
#: The write-ahead log is needed only for copying the files of a running server.
_UNCOPIED = {"wal_level": "minimal", "max_wal_senders": "0"}
_ONCE = 'pg_ctl start --wait --silent -o "$*" && pg_ctl stop --silent --mode=fast'


def empty(version: int) -> dagger.Container:
    """A server without databases; its files can be copied while it runs."""
    command = ["initdb", f"--username={ROLE}", *_INITDB]
    return _postgres(version).with_exec(command)


def filled(version: int, files: dagger.File) -> dagger.Container:
    """A server with files that were copied from another server of the same version."""
    container = _postgres(version).with_mounted_file(_ARCHIVE, files, owner="postgres")
    container = container.with_exec(["tar", "-x", "-f", _ARCHIVE, "-C", _PGDATA])
    # Changes made while the files were copied are applied once, here, not at every start.
    once = ["sh", "-c", _ONCE, "once", *_options(_SETTINGS | _UNCOPIED)]
    return container.without_mount(_ARCHIVE).with_exec(once)


def server(container: dagger.Container, whose: str, copied: bool = False) -> dagger.Service:
    """A running server of one of these containers.

    Args:
        container: the container.
        whose: name of its user; within a session, containers with the same name share a server.
        copied: whether its files will be copied while it runs.
    """
    settings = _SETTINGS if copied else _SETTINGS | _UNCOPIED
    return (
        container.with_env_variable("PIPELINE_SERVER_OF", whose)
        .with_exposed_port(5432)
        .as_service(args=["postgres", *_options(settings)])
    )


def programs(version: int) -> dagger.Directory:
    """The root of a file system with PostgreSQL's programs of a major version."""
    return dag.container().from_(f"postgres:{version}").rootfs()


def _postgres(version: int) -> dagger.Container:
    """The image with an empty data directory, which only its user may read."""
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
