"""A business of any shape, whose database is cut."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.cli.options.phrases import OVERWRITE

CONFIRM = f"--confirm={OVERWRITE.text}"
#: A business of any shape: 2000 orders of 3000 customers.
SHOP = """
CREATE TABLE stage (id int PRIMARY KEY, name text);
CREATE TABLE customer (id int PRIMARY KEY, parent_id int REFERENCES customer ON DELETE SET NULL,
  create_date timestamp, UNIQUE (id, create_date));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer,
  stage_id int REFERENCES stage ON DELETE RESTRICT, invoice_id int, create_date timestamp);
CREATE TABLE invoice (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE SET NULL,
  create_date timestamp);
ALTER TABLE orders ADD FOREIGN KEY (invoice_id) REFERENCES invoice;
CREATE TABLE line (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders ON DELETE CASCADE,
  next_id int REFERENCES line);
CREATE TABLE line_tag_rel (line_id int NOT NULL REFERENCES line ON DELETE CASCADE,
  tag_id int NOT NULL REFERENCES stage ON DELETE CASCADE);
CREATE TABLE price (customer_id int, since timestamp, amount int,
  FOREIGN KEY (customer_id, since) REFERENCES customer (id, create_date) ON DELETE CASCADE);
CREATE TABLE event (id int, at date NOT NULL, line_id int REFERENCES line, PRIMARY KEY (id, at))
  PARTITION BY RANGE (at);
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2026-01-01')
  PARTITION BY RANGE (at);
CREATE TABLE event_aa PARTITION OF event_a DEFAULT;
CREATE TABLE event_b PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2036-01-01');
ALTER TABLE event_b ADD CONSTRAINT own FOREIGN KEY (line_id) REFERENCES line ON DELETE CASCADE;
CREATE TABLE seen (event_id int, at date, note text,
  FOREIGN KEY (event_id, at) REFERENCES event ON DELETE SET NULL);
CREATE TABLE pinned (customer_id int REFERENCES customer ON DELETE CASCADE);
CREATE TABLE ring_a (id int PRIMARY KEY, b_id int NOT NULL);
CREATE TABLE ring_b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES ring_a ON DELETE CASCADE);
CREATE SCHEMA other;
CREATE TABLE other."Odd name" ("an id" int PRIMARY KEY,
  "the order" int REFERENCES orders ON DELETE CASCADE);
CREATE TABLE mail_message (id serial PRIMARY KEY, model varchar, res_id int,
  parent_id int REFERENCES mail_message);
INSERT INTO stage SELECT n, 'stage' FROM generate_series(1, 5) n;
INSERT INTO customer SELECT n, CASE WHEN n % 10 > 0 THEN n / 10 * 10 + 10 END,
  '2026-01-01'::date + n % 300 FROM generate_series(3010, 1, -1) n ORDER BY n % 10, n;
INSERT INTO orders SELECT n, n % 3000 + 1, n % 5 + 1, NULL, '2025-01-01'::date + n / 3
  FROM generate_series(1, 2000) n;
INSERT INTO invoice SELECT n, n, '2025-01-01'::date + n / 3 FROM generate_series(1, 2000) n;
UPDATE orders SET invoice_id = id;
INSERT INTO line SELECT n, n / 3 + 1, CASE WHEN n > 9 THEN n - 9 END
  FROM generate_series(1, 5000) n;
INSERT INTO line_tag_rel SELECT n, n % 5 + 1 FROM generate_series(1, 5000) n;
INSERT INTO price SELECT id, create_date, 1 FROM customer;
INSERT INTO price SELECT id, NULL, 1 FROM customer;
INSERT INTO event SELECT n, '2025-12-01'::date + n / 100, n FROM generate_series(1, 5000) n;
INSERT INTO seen SELECT id, at, 'a' FROM event;
INSERT INTO pinned VALUES (17), (18), (NULL);
ALTER TABLE ring_a ADD FOREIGN KEY (b_id) REFERENCES ring_b ON DELETE CASCADE
  DEFERRABLE INITIALLY DEFERRED;
INSERT INTO ring_a SELECT n, n % 1500 + 1 FROM generate_series(1, 1500) n;
INSERT INTO ring_b SELECT n, n FROM generate_series(1, 1500) n;
INSERT INTO other."Odd name" SELECT n, n FROM generate_series(1, 2000) n;
INSERT INTO ir_model (model) VALUES ('orders'), ('customer'), ('mail.message');
INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('site', 'shipped', 'orders', 1999);
INSERT INTO ir_model_data (module, name, model, res_id)
  SELECT '__export__', 'o' || id, 'orders', id FROM orders;
INSERT INTO mail_message (model, res_id) SELECT 'orders', id FROM orders;
INSERT INTO mail_message (model, res_id) VALUES ('stage', 1), (NULL, NULL);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''no row is deleted here''; END';
CREATE TRIGGER refuse BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS rows FROM orders;
"""


def rows(sql: Callable[..., list[tuple]]) -> dict[str, int]:
    """How many each table has."""
    names = ("stage", "customer", "orders", "invoice", "line", "line_tag_rel", "price", "event")
    more = ("seen", "pinned", "ring_a", "ring_b", 'other."Odd name"', "mail_message")
    return {name: sql(f"SELECT count(*) FROM {name}")[0][0] for name in (*names, *more)}
