"""How each scenario of the matrix of faults is started on a VM, and which state it leads to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bed_chain import Chain, Version
from pipeline.environment.outbox import hold_sql

#: What a scenario left that others do not expect.
USUAL = """
DELETE FROM bed_boat WHERE name = 'later';
UPDATE mail_mail SET state = 'sent';
DELETE FROM pipeline.outbox;
"""
#: A dump of the database with what `pipeline privacy anonymize` leaves; prints its SHA-256.
_DUMP = """
set -eu
psql() {{ docker exec -i odoo-mta-db psql -U odoo -v ON_ERROR_STOP=1 -q "$@"; }}
psql -d postgres <<'END'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS scratch;
CREATE DATABASE scratch TEMPLATE template0;
END
copy='pg_dump -U odoo {database} | psql -q -U odoo -d scratch -o /dev/null'
docker exec odoo-mta-db sh -c "$copy"
psql -d scratch <<'END'
DELETE FROM ir_config_parameter WHERE key IN ('database.is_neutralized', 'web.base.url.freeze');
INSERT INTO ir_config_parameter (key, value) VALUES
  ('database.is_neutralized', 'true'), ('web.base.url.freeze', 'True');
DELETE FROM bed_boat WHERE id <> (SELECT min(id) FROM bed_boat);
UPDATE bed_boat SET name = '{name}';
UPDATE res_partner SET name = '{name}' WHERE id = (SELECT min(id) FROM res_partner);
END
mkdir -p $(dirname {path})
docker exec odoo-mta-db pg_dump -U odoo -Fc scratch >{path}
echo 'DROP DATABASE scratch' | psql -d postgres
chown ubuntu: {path} && chmod 600 {path}
sha256sum {path}
"""


@dataclass(frozen=True)
class State:
    """What an environment may be: a version, or nothing, and its rows."""

    version: Version | None
    rows: dict[str, Any] | None


@dataclass(frozen=True)
class Start:
    """A run that is about to begin: its command, the state now, and the one that it leads to."""

    command: str
    before: State
    after: State
    #: What else must hold in the state that it came to.
    check: Callable[[State], None] = lambda state: None
    #: Where the command leads that is named by a run that stops and waits; None: back.
    named: State | None = None


def _update(chain: Chain, before: State) -> Start:
    assert before.version and before.rows
    version = Version(before.version.number + 1)
    rows = {
        **before.rows,
        "version": f"19.0.{version.number}.0.0",
        "lengths": [version.number],
        "marks": [f"bed_mark_{version.number}"],
    }
    command = chain.words(*chain.deploy(version))
    return Start(command, before, State(version, rows))


def _side_by_side(chain: Chain, before: State) -> Start:
    assert before.version
    version = replace(before.version, change=before.version.change + 1)
    command = chain.words(*chain.deploy(version))
    return Start(command, before, State(version, before.rows))


def _first(chain: Chain, before: State) -> Start:
    version = Version(1)
    rows = {"boats": None, "lengths": None, "version": "19.0.1.0.0", "unfinished": 0}
    rows |= {"marks": None, "staged": None, "partner": "My Company"}
    command = chain.words(*chain.deploy(version))
    return Start(command, before, State(version, rows))


def _rollback(chain: Chain, before: State) -> Start:
    chain.pipeline("backup", "create")
    after = State(before.version, chain.rows())
    chain.sql("INSERT INTO bed_boat (name, length) VALUES ('later', 7);")

    def kept_aside(state: State) -> None:
        if state == after:
            assert "later" in chain.put_aside(), "what was written since the backup is nowhere"

    start = State(before.version, chain.rows())
    # It names itself: a rollback that stopped is done again.
    return Start(chain.words("rollback"), start, after, kept_aside, named=after)


def _backup(chain: Chain, before: State) -> Start:
    return Start(chain.words("backup", "create"), before, before)


def _drill(chain: Chain, before: State) -> Start:
    """A backup is restored where nothing else is; afterwards nothing of it is there."""
    manifest = chain.pipeline("backup", "create").split()[-1].rpartition("/")[2]
    command = chain.words("backup", "verify", "--restore", "--manifest", manifest)

    def all_gone(state: State) -> None:
        left = chain.machine.root("docker network ls --quiet --filter name=pipeline-").out
        left += chain.machine.root("docker ps --all --quiet --filter name=pipeline-").out
        assert left == "", "a drill left a network or a container"

    return Start(command, before, before, all_gone)


def _refresh(chain: Chain, before: State) -> Start:
    """A dump of this database as `pipeline privacy anonymize` would leave it."""
    path = "/opt/odoo-mta/.deployments/refresh.dump"
    name = f"anonym {time.time():.0f}"
    script = _DUMP.format(database=chain.database, path=path, name=name)
    digest, named = chain.machine.root("bash -s", input=script.encode()).out.split()[-2:]
    assert named == path
    command = chain.words("load-refresh", "--dump", path, "--sha256", digest)
    assert before.rows
    rows = {**before.rows, "boats": [name], "partner": name}

    def no_dump(state: State) -> None:
        gone = chain.machine.root(f"test ! -e {path}", ok=False)
        assert gone.code == 0, "the dump of PROD is still on the disk"

    return Start(command, before, State(before.version, rows), no_dump)


def _outbox(chain: Chain, before: State) -> Start:
    """Something is held, as a rollback leaves it."""
    chain.sql("DELETE FROM mail_mail; INSERT INTO mail_mail (state) VALUES ('outgoing');")
    chain.sql(hold_sql.hold())
    rows = chain.rows()
    assert (rows["mails"], rows["held"]) == (["cancel"], 1), rows
    after = State(before.version, {**rows, "mails": ["outgoing"], "held": 0})
    command = chain.words("outbox", "--release", "--apply")
    return Start(command, State(before.version, rows), after)


#: How each scenario is started; test_matrix_cells.py compares it with the scenarios.
STARTS: dict[str, Callable[[Chain, State], Start]] = {
    "update": _update,
    "side-by-side": _side_by_side,
    "first": _first,
    "rollback": _rollback,
    "refresh": _refresh,
    "backup": _backup,
    "drill": _drill,
    "outbox": _outbox,
}
