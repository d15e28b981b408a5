"""Extensions as they were: same schema, same version, with Odoo's changes.

pg_dump records neither the version of an extension nor that Odoo made `unaccent` immutable, which
indexes and generated columns need when they are created. So each extension is created before
pg_dump's own `CREATE EXTENSION IF NOT EXISTS`: immediately, or by an event trigger as soon as
pg_dump's script has created its schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.environment.host import sql

#: Name, schema and version of each extension, and its functions that Odoo made immutable.
QUERY = """
SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version,
       COALESCE((SELECT json_agg(i.identity ORDER BY 1) FROM pg_depend d
          JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
          CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS i
         WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
           AND d.deptype = 'e' AND e.extname = 'unaccent' AND p.provolatile = 'i'),
         '[]') AS immutable
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql' ORDER BY e.extname
"""

_SCHEMA = "pipeline_restore"
_BEFORE = f"""\
CREATE SCHEMA {_SCHEMA};
CREATE TABLE {_SCHEMA}.extension (name text, schema text, version text, immutable text[]);
%s
CREATE FUNCTION {_SCHEMA}.make() RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
  one record;
  changed text;
BEGIN
  IF current_setting('{_SCHEMA}.busy', true) = 'on' THEN
    RETURN;  -- an extension's own script makes a schema
  END IF;
  PERFORM set_config('{_SCHEMA}.busy', 'on', true);
  LOOP
    SELECT wanted.name, wanted.schema, wanted.immutable, there.version INTO one
      FROM {_SCHEMA}.extension AS wanted
      JOIN pg_namespace AS n ON n.nspname = wanted.schema
      CROSS JOIN LATERAL (
        SELECT v.version, v.requires FROM pg_available_extension_versions AS v
          JOIN pg_available_extensions AS e USING (name) WHERE name = wanted.name
          ORDER BY v.version = wanted.version DESC, v.version = e.default_version DESC LIMIT 1
      ) AS there
      WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = wanted.name)
        AND NOT EXISTS (SELECT FROM unnest(there.requires) AS needed
                         WHERE needed NOT IN (SELECT extname FROM pg_extension))
      ORDER BY wanted.name LIMIT 1;
    EXIT WHEN NOT FOUND;
    EXECUTE format('CREATE EXTENSION %%I WITH SCHEMA %%I VERSION %%L',
                   one.name, one.schema, one.version);
    FOREACH changed IN ARRAY one.immutable LOOP
      EXECUTE 'ALTER FUNCTION ' || changed || ' IMMUTABLE';
    END LOOP;
  END LOOP;
  PERFORM set_config('{_SCHEMA}.busy', 'off', true);
END $make$;
CREATE FUNCTION {_SCHEMA}.schema_made() RETURNS event_trigger LANGUAGE plpgsql
  AS $made$ BEGIN PERFORM {_SCHEMA}.make(); END $made$;
CREATE EVENT TRIGGER {_SCHEMA} ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA')
  EXECUTE FUNCTION {_SCHEMA}.schema_made();
ALTER EVENT TRIGGER {_SCHEMA} ENABLE ALWAYS;
SELECT {_SCHEMA}.make();
"""
#: What follows the restore. The database's own event triggers are disabled for it.
AFTER = f"""\
DO $after$
DECLARE
  one record;
  again text[];
  statement text;
BEGIN
  FOR one IN SELECT evtname AS name, CASE evtenabled WHEN 'A' THEN 'ENABLE ALWAYS'
      WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'O' THEN 'ENABLE' ELSE 'DISABLE' END AS state
      FROM pg_event_trigger WHERE evtname <> '{_SCHEMA}' LOOP
    EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one.name);
    again := again || format('ALTER EVENT TRIGGER %I %s', one.name, one.state);
  END LOOP;
  DROP SCHEMA {_SCHEMA} CASCADE;
  FOREACH statement IN ARRAY COALESCE(again, ARRAY[]::text[]) LOOP
    EXECUTE statement;
  END LOOP;
END $after$;
"""


def before(rows: Iterable[Mapping[str, Any]]) -> str:
    """Statements that precede a restore, for a superuser; ``rows`` are those of :data:`QUERY`."""
    return _BEFORE % "\n".join(_insert(row) for row in rows)


def _insert(row: Mapping[str, Any]) -> str:
    names = ", ".join(sql.text(str(row[key])) for key in ("name", "schema", "version"))
    immutable = ", ".join(sql.text(str(one)) for one in row["immutable"])
    return f"INSERT INTO {_SCHEMA}.extension VALUES ({names}, ARRAY[{immutable}]::text[]);"
