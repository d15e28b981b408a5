"""One object of each class that a database can have and pg_dump can write, by catalog.

A catalog that is not here, or that has a new kind in a later PostgreSQL, makes
`test_vm_restores.py` fail: it reads the catalogs of the server for what is missing.
"""

from __future__ import annotations

#: Roles that the objects name; they are the server's and no part of a dump.
ROLES = """
DO $$ BEGIN
  IF to_regrole('shop_reader') IS NULL THEN CREATE ROLE shop_reader; END IF;
  IF to_regrole('shop_owner') IS NULL THEN CREATE ROLE shop_owner; END IF;
END $$;
"""

#: Statements by the catalog of which they make a row.
OBJECTS = {
    "pg_namespace": "CREATE SCHEMA shop AUTHORIZATION shop_owner; CREATE SCHEMA tools; "
    'CREATE SCHEMA "Odd ""name"; COMMENT ON SCHEMA shop IS \'with a comment\'; '
    "GRANT USAGE ON SCHEMA shop TO shop_reader",
    "pg_extension": "CREATE EXTENSION hstore WITH SCHEMA tools VERSION '1.4'; "
    "CREATE EXTENSION cube WITH SCHEMA tools; "
    'CREATE EXTENSION citext WITH SCHEMA "Odd ""name"; '
    "CREATE EXTENSION earthdistance WITH SCHEMA tools",
    "pg_class": "CREATE TABLE shop.goods (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    '  name text COLLATE "C" NOT NULL, price numeric DEFAULT 1.5, bag tools.hstore, '
    "  twice numeric GENERATED ALWAYS AS (price * 2) STORED); "
    "ALTER TABLE shop.goods OWNER TO shop_owner; GRANT SELECT ON shop.goods TO shop_reader; "
    "INSERT INTO shop.goods (name, price, bag) VALUES ('COMMIT;', 2, 'a=>1'); "
    "INSERT INTO shop.goods (name, price, bag) VALUES (E'\\\\.\\n', 3, ''); "
    "CREATE VIEW shop.names AS SELECT name FROM shop.goods; "
    "CREATE MATERIALIZED VIEW shop.sums AS SELECT sum(price) FROM shop.goods; "
    "CREATE SEQUENCE shop.numbers START 7; SELECT nextval('shop.numbers'); "
    "CREATE TABLE shop.orders (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); "
    "CREATE TABLE shop.orders_2026 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') "
    "  TO ('2027-01-01'); INSERT INTO shop.orders VALUES (1, '2026-05-05'); "
    "CREATE TABLE shop.special (extra int) INHERITS (shop.goods); "
    "CREATE UNLOGGED TABLE shop.scratch (a int); "
    "CREATE TYPE shop.pair AS (a int, b text); CREATE TABLE shop.typed OF shop.pair; "
    "CREATE INDEX by_name ON shop.goods (lower(name)) WHERE price > 0",
    "pg_attrdef": "ALTER TABLE shop.scratch ALTER a SET DEFAULT 3",
    "pg_constraint": "ALTER TABLE shop.scratch ADD CHECK (a > 0), ADD UNIQUE (a), "
    "ADD COLUMN goods int REFERENCES shop.goods, ADD EXCLUDE USING btree (goods WITH =)",
    "pg_type": "CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0); "
    "CREATE TYPE shop.span AS RANGE (subtype = numeric, multirange_type_name = shop.spans); "
    "CREATE TYPE shop.raw; "
    "CREATE FUNCTION shop.raw_in(cstring) RETURNS shop.raw LANGUAGE internal IMMUTABLE STRICT "
    "  AS 'textin'; "
    "CREATE FUNCTION shop.raw_out(shop.raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT "
    "  AS 'textout'; "
    "CREATE TYPE shop.raw (INPUT = shop.raw_in, OUTPUT = shop.raw_out, LIKE = text)",
    "pg_enum": "CREATE TYPE shop.colour AS ENUM ('red', 'it''s')",
    "pg_proc": "CREATE FUNCTION shop.same(a int, b int) RETURNS bool LANGUAGE sql IMMUTABLE "
    "  RETURN a = b; "
    "CREATE PROCEDURE shop.work() LANGUAGE plpgsql AS $$ BEGIN\nCOMMIT;\nEND $$; "
    "CREATE AGGREGATE shop.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); "
    "CREATE FUNCTION shop.place() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number'",
    "pg_operator": "CREATE OPERATOR shop.=== (FUNCTION = shop.same, LEFTARG = int, RIGHTARG = int)",
    "pg_opfamily": "CREATE OPERATOR FAMILY shop.family USING btree",
    "pg_opclass": "CREATE OPERATOR CLASS shop.class FOR TYPE int USING btree FAMILY shop.family AS "
    "OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, "
    "FUNCTION 1 btint4cmp(int, int)",
    "pg_amop": "ALTER OPERATOR FAMILY shop.family USING btree ADD OPERATOR 1 < (int4, int8)",
    "pg_amproc": "ALTER OPERATOR FAMILY shop.family USING btree "
    "ADD FUNCTION 1 (int4, int8) btint48cmp(int4, int8)",
    "pg_am": "CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler; "
    "CREATE TABLE shop.piled (a int) USING pile; "
    "CREATE ACCESS METHOD tree TYPE INDEX HANDLER bthandler",
    "pg_language": "CREATE FUNCTION shop.call() RETURNS language_handler LANGUAGE c "
    "  AS '$libdir/plpgsql', 'plpgsql_call_handler'; "
    "CREATE LANGUAGE other HANDLER shop.call; "
    "CREATE FUNCTION shop.one() RETURNS int LANGUAGE other AS $$ BEGIN RETURN 1; END $$",
    "pg_cast": "CREATE FUNCTION shop.to_int(bool) RETURNS int LANGUAGE sql IMMUTABLE RETURN 1; "
    "CREATE CAST (int AS interval) WITH INOUT; "
    "CREATE CAST (text AS shop.colour) WITH INOUT AS IMPLICIT",
    "pg_transform": "CREATE FUNCTION shop.into(internal) RETURNS internal LANGUAGE internal "
    "  STRICT IMMUTABLE AS 'varchar_support'; "
    "CREATE FUNCTION shop.out(internal) RETURNS int LANGUAGE internal STRICT IMMUTABLE "
    "  AS 'int4recv'; "
    "CREATE TRANSFORM FOR int LANGUAGE other (FROM SQL WITH FUNCTION shop.into(internal), "
    "  TO SQL WITH FUNCTION shop.out(internal))",
    "pg_collation": "CREATE COLLATION shop.plain (locale = 'C')",
    "pg_conversion": "CREATE CONVERSION shop.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    "pg_ts_parser": "CREATE TEXT SEARCH PARSER shop.parser (START = prsd_start, "
    "GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
    "pg_ts_template": "CREATE TEXT SEARCH TEMPLATE shop.template (INIT = dsimple_init, "
    "LEXIZE = dsimple_lexize)",
    "pg_ts_dict": "CREATE TEXT SEARCH DICTIONARY shop.words (TEMPLATE = shop.template)",
    "pg_ts_config": "CREATE TEXT SEARCH CONFIGURATION shop.search (PARSER = shop.parser); "
    "ALTER TEXT SEARCH CONFIGURATION shop.search ADD MAPPING FOR word WITH shop.words",
    "pg_rewrite": "CREATE RULE quiet AS ON DELETE TO shop.scratch DO INSTEAD NOTHING",
    "pg_trigger": "CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql "
    "  AS $$ BEGIN RETURN NEW; END $$; "
    "CREATE TRIGGER touch BEFORE INSERT ON shop.goods FOR EACH ROW EXECUTE FUNCTION shop.touch(); "
    "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.goods DEFERRABLE INITIALLY DEFERRED "
    "  FOR EACH ROW EXECUTE FUNCTION shop.touch()",
    "pg_policy": "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; "
    "ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY; "
    "CREATE POLICY nobody ON shop.orders TO shop_reader USING (false)",
    "pg_statistic_ext": "CREATE STATISTICS shop.related (dependencies) "
    "ON name, price FROM shop.goods",
    "pg_foreign_data_wrapper": "CREATE FOREIGN DATA WRAPPER nothing NO HANDLER; "
    "CREATE EXTENSION postgres_fdw WITH SCHEMA tools",
    "pg_foreign_server": "CREATE SERVER void FOREIGN DATA WRAPPER nothing; "
    "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1'); "
    "CREATE FOREIGN TABLE shop.away (a int) SERVER far",
    "pg_user_mapping": "CREATE USER MAPPING FOR shop_reader SERVER far OPTIONS (password 'kept')",
    "pg_event_trigger": "CREATE FUNCTION shop.refuse() RETURNS event_trigger LANGUAGE plpgsql "
    "  AS $$ BEGIN RAISE EXCEPTION 'no changes, please: %', tg_tag; END $$; "
    "CREATE EVENT TRIGGER stubborn ON sql_drop EXECUTE FUNCTION shop.refuse(); "
    "CREATE EVENT TRIGGER stubborn_as_well ON ddl_command_start EXECUTE FUNCTION shop.refuse(); "
    "ALTER EVENT TRIGGER stubborn ENABLE ALWAYS",
    "pg_publication": "CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert')",
    "pg_publication_rel": 'CREATE PUBLICATION "some of \'it" FOR TABLE shop.typed (a) '
    "WHERE (a > 1) WITH (publish = 'insert')",
    "pg_publication_namespace": "CREATE PUBLICATION of_the_shop FOR TABLES IN SCHEMA shop",
    "pg_default_acl": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO shop_reader; "
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; "
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE ALL ON TABLES FROM shop_owner; "
    "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT USAGE ON SEQUENCES TO shop_reader",
    "pg_largeobject_metadata": "SELECT "
    "lo_from_bytea(47110, decode(repeat('00ff5c0a27', 2000), 'hex'));"
    "ALTER LARGE OBJECT 47110 OWNER TO shop_owner; "
    "COMMENT ON LARGE OBJECT 47110 IS E'two\\nlines and a \\\\'; "
    "GRANT SELECT ON LARGE OBJECT 47110 TO shop_reader WITH GRANT OPTION; "
    "SELECT lo_create(47120); GRANT UPDATE ON LARGE OBJECT 47120 TO PUBLIC; "
    "SELECT lo_put(47120, 1000000, 'far out')",
}
#: What has no catalog of its own.
MORE = """
COMMENT ON TABLE shop.goods IS 'a comment';
GRANT SELECT (name) ON shop.goods TO PUBLIC;
ALTER TABLE shop.goods REPLICA IDENTITY FULL;
ALTER TABLE shop.goods ALTER name SET STATISTICS 50;
CREATE TABLE public.plain AS SELECT 'x' AS a;
CREATE TABLE shop.unaccented (name text,
  bare text GENERATED ALWAYS AS (public.unaccent(name)) STORED);
INSERT INTO shop.unaccented VALUES ('Zoé');
CREATE INDEX ON shop.unaccented (public.unaccent(name));
"""
#: Event triggers come last: they refuse everything after them.
LAST = ("pg_event_trigger",)


def statements() -> str:
    """All of it, in an order in which it can be made."""
    text = "".join(f"{made};\n" for name, made in OBJECTS.items() if name not in LAST)
    return ROLES + text + MORE + "".join(f"{OBJECTS[name]};\n" for name in LAST)
