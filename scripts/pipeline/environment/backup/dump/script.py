"""The SQL around what pg_dump writes: it empties the database first, all in one transaction.

Everything that a database can contain is dropped, without a list of kinds: extensions and schemas
with their contents, then whatever is in no schema (publications, casts, foreign servers, event
triggers, languages …), as found in the catalogs. Subscriptions go first, without contacting their
publishers. Roles, and the database's own settings and grants, are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.environment.backup.dump import extensions
from pipeline.environment.host import sql
from pipeline.environment.outbox import hold_sql, row_kinds

#: psql's variable for a restore that is only compared: nothing is held.
AS_IS = "as_is"

_OURS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"

#: pg_dump is told to leave subscriptions out: their passwords would be in the dump, and a restored
#: one would write into the database.
_SUBSCRIPTIONS = """\
DO $subscriptions$
DECLARE one record;
BEGIN
  FOR one IN SELECT s.subname, s.subslotname, s.subpublications FROM pg_subscription AS s
      JOIN pg_database AS d ON d.oid = s.subdbid WHERE d.datname = current_database() LOOP
    EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', one.subname);
    EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', one.subname);
    -- Tables that are not in step yet would be asked for at the publisher.
    EXECUTE format('ALTER SUBSCRIPTION %I CONNECTION %L', one.subname,
                   'host=/nonexistent dbname=none password=none');
    EXECUTE format('DROP SUBSCRIPTION %I', one.subname);
    RAISE WARNING 'the subscription % (publications: %) is not part of a backup and was dropped: '
      'create it again; the publisher still has its slot %', one.subname,
      array_to_string(one.subpublications, ', '), COALESCE(one.subslotname, '(none)');
  END LOOP;
END $subscriptions$;
"""

_ALONE = f"""\
DO $alone$
DECLARE tables text;
BEGIN
  FOR attempt IN 1..300 LOOP
    PERFORM pg_stat_clear_snapshot();  -- or sessions that came since the first look are not seen
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid();
    SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') INTO tables
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND {_OURS};
    EXIT WHEN tables IS NULL;
    BEGIN
      EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE NOWAIT';
      EXIT;
    EXCEPTION WHEN lock_not_available OR undefined_table THEN
      IF attempt = 300 THEN RAISE; END IF;
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
END $alone$;
"""

#: What depends on another object automatically or internally is part of it, and dropped with it.
_EMPTY = f"""\
DO $empty$
DECLARE
  one record;
  catalog record;
BEGIN
  FOR one IN SELECT evtname AS name FROM pg_event_trigger LOOP
    EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one.name);
  END LOOP;
  FOR one IN SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' LOOP
    EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT nspname AS name FROM pg_namespace n WHERE {_OURS} LOOP
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', one.name);
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
  -- Default privileges cannot be dropped: they are set to what the server itself has.
  FOR one IN
    SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s ON %s %s %s',
                  pg_get_userbyid(d.defaclrole), change.verb,
                  CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                    WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'
                    ELSE 'LARGE OBJECTS' END,
                  change.preposition,
                  CASE WHEN change.grantee = 0 THEN 'PUBLIC'
                    ELSE quote_ident(pg_get_userbyid(change.grantee)) END) AS statement
      FROM pg_default_acl AS d CROSS JOIN LATERAL (
        SELECT DISTINCT 1 AS place, 'REVOKE ALL' AS verb, 'FROM' AS preposition, grantee
          FROM aclexplode(d.defaclacl)
        UNION ALL
        SELECT DISTINCT 2, 'GRANT ALL', 'TO', grantee FROM aclexplode(acldefault(
          CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole))
      ) AS change
      WHERE d.defaclnamespace = 0 ORDER BY d.oid, change.place LOOP
    EXECUTE one.statement;
  END LOOP;
  FOR catalog IN
    SELECT c.oid AS id, c.oid::regclass AS name FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'oid'
      WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
      ORDER BY c.relname LOOP
    LOOP
      EXECUTE format($query$
        SELECT replace(i.type, '-', ' ') AS type, i.identity FROM %s AS c
          CROSS JOIN LATERAL pg_identify_object(%s, c.oid, 0) AS i
          WHERE c.oid >= {sql.FIRST_OBJECT} AND i.schema IS NULL
            AND NOT (i.type = 'schema' AND i.identity LIKE 'pg\\_%%')
            AND NOT (i.type = 'extension' AND i.identity = 'plpgsql')
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = %s AND d.objid = c.oid
                              AND d.deptype IN ('a', 'i', 'e', 'P', 'S'))
          LIMIT 1 $query$, catalog.name, catalog.id, catalog.id) INTO one;
      EXIT WHEN one.identity IS NULL;
      EXECUTE format('DROP %s %s CASCADE', one.type, one.identity);
    END LOOP;
  END LOOP;
END $empty$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
COMMENT ON SCHEMA public IS 'standard public schema';
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


def header(database: str, server: int, installed: Iterable[Mapping[str, Any]]) -> str:
    """What precedes pg_dump's own output.

    Args:
        database: the only database it may be loaded into.
        server: version of the server it comes from, as ``server_version_num``.
        installed: rows of :data:`extensions.QUERY`.
    """
    return f"""\
-- A backup of {sql.name(database)}, for psql. It replaces everything in that database, or nothing.
\\set ON_ERROR_STOP on
\\set QUIET on
\\o /dev/null
\\if true
SET client_min_messages = warning;
DO $guard$
DECLARE prepared text;
BEGIN
  IF current_database() <> {sql.text(database)} THEN
    RAISE EXCEPTION 'this is a backup of {database.replace("'", "''")}, not of %',
      current_database() USING HINT = 'nothing was changed';
  END IF;
  IF current_setting('server_version_num')::int / 10000 < {server // 10000} THEN
    RAISE EXCEPTION 'this backup comes from PostgreSQL {server // 10000}, the server is older'
      USING HINT = 'nothing was changed';
  END IF;
  SELECT string_agg(quote_literal(gid), ', ') INTO prepared FROM pg_prepared_xacts
    WHERE database = current_database();
  IF prepared IS NOT NULL THEN
    RAISE EXCEPTION 'prepared transactions hold locks in this database: %', prepared
      USING HINT = 'COMMIT PREPARED or ROLLBACK PREPARED each of them; nothing was changed';
  END IF;
END $guard$;
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL session_replication_role = replica;  -- event triggers sleep until all is there
{_SUBSCRIPTIONS}{_ALONE}{_EMPTY}{extensions.before(installed)}"""


def trailer(database: str, moment: str, schedules: tuple[str, ...] = ()) -> str:
    """What follows it, in a separate gzip member.

    By the time it is loaded, the snapshot is in the past: what would be sent is held, unless psql's
    variable :data:`AS_IS` is set. ``schedules`` are those of the environment's settings.
    """
    return f"""\
{extensions.AFTER}\
\\if :{{?{AS_IS}}}
\\else
{hold_sql.hold(row_kinds.kinds(schedules))}\
SELECT count(*) AS outbox, count(*) > 0 AS some FROM {hold_sql.TABLE} WHERE outcome = 'held'
\\gset held_
\\endif
COMMIT;
\\endif
\\if :{{?held_some}}
\\if :held_some
\\echo :held_outbox 'rows that would be sent are held: look at `pipeline environment outbox`'
\\endif
\\endif
\\echo 'restored: {sql.name(database)} as of {moment}'
"""
