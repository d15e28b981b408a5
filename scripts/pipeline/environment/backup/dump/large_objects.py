"""Large objects as statements.

pg_dump puts BEGIN and COMMIT around them, which would end a restore's single transaction too early.
So pg_dump leaves them out, and this module writes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.environment.backup.dump.snapshot import Snapshot

_ROLE = "CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"
#: One or more statements per row, in hexadecimal: no content can be mistaken for their end.
_STATEMENTS = f"""
SELECT encode(convert_to(statement, 'UTF8'), 'hex') FROM (
  SELECT m.oid AS id, -1 AS page, format(E'SELECT lo_create(%s);\\n'
           'ALTER LARGE OBJECT %s OWNER TO %I;', m.oid, m.oid, pg_get_userbyid(m.lomowner))
         || COALESCE(E'\\n' || format('COMMENT ON LARGE OBJECT %s IS %L;', m.oid,
              obj_description(m.oid, 'pg_largeobject')), '')
         || COALESCE((SELECT string_agg(statement, '') FROM (
              SELECT format(E'\\nREVOKE ALL ON LARGE OBJECT %s FROM %I;', m.oid,
                       pg_get_userbyid(m.lomowner)) AS statement WHERE m.lomacl IS NOT NULL
              UNION ALL
              SELECT format(E'\\nGRANT %s ON LARGE OBJECT %s TO %s%s;', a.privilege_type, m.oid,
                       {_ROLE}, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                FROM aclexplode(m.lomacl) AS a) AS rights), '') AS statement
    FROM pg_largeobject_metadata AS m
  UNION ALL
  SELECT loid, pageno, format('SELECT lo_put(%s, %s, decode(%L, ''hex''));', loid,
           pageno::bigint * current_setting('block_size')::int / 4, encode(data, 'hex'))
    FROM pg_largeobject
) AS all_of_them ORDER BY id, page
"""


def statements(snapshot: Snapshot) -> Iterator[bytes]:
    """Statements that recreate a snapshot's large objects: owners, comments, rights, contents."""
    for line in snapshot.copied(_STATEMENTS):
        yield bytes.fromhex(line.decode("ascii")) + b"\n"
