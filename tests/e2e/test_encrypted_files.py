"""The throwaway server with its files encrypted: nothing of them can be read, however it ends."""

from __future__ import annotations

import ast
import hashlib
import re
import secrets
import subprocess
import time
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "ci/src/odoo_mta/engine/encrypted_files.py"
#: The containers' files, if the engine is this machine's own.
SNAPSHOTS = Path("/var/lib/dagger/worker/snapshots/snapshots")
INSTALL = (
    "apt-get update -qq && apt-get install -y -qq --no-install-recommends gocryptfs patchelf "
    ">/dev/null"
)
#: In the container of the server: a canary is written, and searched for.
SERVE = """
set -eu
search() { grep -rlaF -- "$CANARY" "$@" 2>/dev/null | wc -l; }
docker-entrypoint.sh postgres -c fsync=off -c shared_buffers=16MB >/dev/shm/log 2>&1 &
tries=0
until pg_isready -q -h 127.0.0.1; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { cat /dev/shm/log; exit 1; }
    sleep 0.2
done
psql -qAtX -h 127.0.0.1 -U odoo odoo -c "
    CREATE TABLE people AS SELECT '$CANARY' || n AS name FROM generate_series(1, 300000) n" \\
    -c "CREATE INDEX ON people (name)" -c CHECKPOINT \\
    -c "SELECT 'rows: ' || count(*) FROM people WHERE name LIKE '$CANARY%'"
[ "$(search /var/lib/postgresql/data)" = 0 ] || echo "in clear: found"
large() { [ "$(du -sm /encrypted | cut -f1)" -gt 20 ]; }
large && echo "encrypted: $(search /encrypted)"
echo "key: $(find / -xdev -name 'gocryptfs.conf*' | wc -l) $(ls -A /dev/shm | grep -c conf || :)"
mount -t tmpfs tmpfs /mnt 2>/dev/null || echo "no right to mount"
for process in /proc/[0-9]*; do
    case "$(cat "$process/comm")" in gocryptfs|postgres) kill -9 "${process#/proc/}" || : ;; esac
done
sleep 1
ls /var/lib/postgresql/data >/dev/null 2>&1 || echo "killed"
echo "left: $(find / -xdev -type f -not -path '/proc/*' -exec grep -laF -- "$CANARY" {} + | wc -l)"
echo "left in memory: $(search /dev/shm)"
large && echo "encrypted files: still there"
"""


def constant(name: str) -> str:
    """A script of the Dagger module, which cannot be imported here."""
    for node in ast.parse(MODULE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return str(ast.literal_eval(node.value))
    raise LookupError(name)


def found(text: str, since: float) -> list[Path]:
    """The files of all containers that changed after a time and have a text in them."""
    search = ["find", str(SNAPSHOTS), "-type", "f", "-newermt", f"@{since - 1:.0f}"]
    search += ["-exec", "grep", "-laF", text, "{}", "+"]
    return [
        Path(line)
        for line in subprocess.run(search, stdout=subprocess.PIPE).stdout.decode().splitlines()
    ]


@pytest.fixture
def container(tmp_path: Path) -> str:
    """The server's container in Dagger's shell, as the module makes it, with scripts in /test."""
    (tmp_path / "collect").write_text(constant("_COLLECT"))
    (tmp_path / "mount").write_text(constant("_MOUNT"))
    (tmp_path / "serve").write_text(SERVE)
    return f"""
    scripts=$(host | directory {tmp_path})
    programs=$(container | from python:3.13-slim | with-exec -- sh -ec '{INSTALL}' |
      with-mounted-directory /opt/gocryptfs $(directory) | with-mounted-directory /test $scripts |
      with-exec sh /test/collect | directory /opt/gocryptfs)
    server=$(container | from postgres:17 | with-mounted-directory /opt/gocryptfs $programs |
      with-mounted-directory /test $scripts | with-env-variable POSTGRES_USER odoo |
      with-env-variable POSTGRES_HOST_AUTH_METHOD trust | with-exposed-port 5432 |
      with-env-variable TEST_RUN {secrets.token_hex(8)} |
      with-env-variable PGDATA /var/lib/postgresql/data/cluster)
    """


def test_a_canary_is_nowhere_in_clear_while_it_runs_and_after_a_kill(shell, container: str) -> None:
    canary = f"canary-{secrets.token_hex(8)}-"
    mounted = "sh /test/mount /var/lib/postgresql/data sh /test/serve"
    said = shell(
        f"{container}\n$server | with-env-variable CANARY {canary} | "
        f"with-exec --insecure-root-capabilities {mounted} | stdout"
    ).out
    assert said.splitlines()[-9:] == [
        "rows: 300000",
        "in clear: found",
        "encrypted: 0",
        "key: 0 0",
        "no right to mount",
        "killed",
        "left: 0",
        "left in memory: 0",
        "encrypted files: still there",
    ]


@pytest.mark.skipif(not SNAPSHOTS.is_dir(), reason="the engine's disk is not of this machine")
def test_of_a_killed_service_nothing_readable_is_left_on_the_engines_disk(
    shell, container: str
) -> None:
    """The canary is made by the server: it is in no command, and in no output."""
    seed, begin = secrets.token_hex(8), time.time()
    canary = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    sql = f"CREATE TABLE t AS SELECT md5('{seed}') || n AS name FROM generate_series(1, 9999) n"
    count = "SELECT 'rows: ' || count(*) FROM t"
    said = shell(f"""{container}
    service=$($server | as-service --insecure-root-capabilities --args \
      sh,/test/mount,/var/lib/postgresql/data,docker-entrypoint.sh,postgres)
    $service | start
    container | from postgres:17 | with-service-binding db $service |
      with-exec -- sh -c 'printf %s {seed} | md5sum >/in_a_layer' |
      with-exec -- psql -h db -U odoo odoo -c "{sql}" -c CHECKPOINT -c "{count}" | stdout
    $service | stop --kill
    """)
    assert "rows: 9999" in said.out
    assert [path.name for path in found(canary, since=begin)] == ["in_a_layer"]


def test_without_fuse_the_reason_is_named(shell, container: str) -> None:
    """A container without the right to mount is like an engine without FUSE."""
    mounted = "sh /test/mount /tried echo mounted"
    said = shell(
        f"{container}\n$server | with-exec --expect FAILURE {mounted} | combined-output"
    ).out
    assert "mounted" not in said and re.search("fuse", said, re.IGNORECASE)
