"""Rows of all that Odoo sends by itself, and how many of each kind are due."""

from __future__ import annotations

from pipeline.environment.outbox.row_kinds import kinds

#: The tables of what Odoo sends, as far as it matters here, as Odoo 19 makes them.
TABLES = """
CREATE TABLE mail_mail (id serial PRIMARY KEY, state varchar, auto_delete bool, body_html text,
  email_to text, scheduled_date timestamp,
  create_date timestamp DEFAULT now(), write_date timestamp);
CREATE TABLE sms_sms (id serial PRIMARY KEY, number varchar, state varchar NOT NULL,
  to_delete bool);
CREATE TABLE snailmail_letter (id serial PRIMARY KEY, state varchar NOT NULL, error_code varchar);
CREATE TABLE whatsapp_message (id serial PRIMARY KEY, state varchar);
CREATE TABLE mail_scheduled_message (id serial PRIMARY KEY, scheduled_date timestamp NOT NULL);
CREATE TABLE mail_scheduled_message_ir_attachment_rel (message_id int REFERENCES
  mail_scheduled_message ON DELETE CASCADE);
CREATE TABLE mail_message_schedule (id serial PRIMARY KEY, scheduled_datetime timestamp NOT NULL);
CREATE TABLE mail_push_device (id serial PRIMARY KEY);
CREATE TABLE mail_push (id serial PRIMARY KEY, payload text, mail_push_device_id int NOT NULL
  REFERENCES mail_push_device ON DELETE CASCADE, create_date timestamp);
CREATE TABLE mailing_mailing (id serial PRIMARY KEY, state varchar NOT NULL,
  schedule_date timestamp);
CREATE TABLE utm_campaign (id serial PRIMARY KEY, ab_testing_completed bool,
  ab_testing_schedule_datetime timestamp, ab_testing_winner_selection varchar);
CREATE TABLE marketing_trace (id serial PRIMARY KEY, state varchar, schedule_date timestamp);
CREATE TABLE social_post (id serial PRIMARY KEY, state varchar);
CREATE TABLE queue_job (id serial PRIMARY KEY, uuid varchar, state varchar NOT NULL,
  identity_key varchar);
CREATE UNIQUE INDEX ON queue_job (identity_key) WHERE state IN ('pending', 'enqueued');
CREATE TABLE account_move (id serial PRIMARY KEY, sending_data jsonb);
CREATE TABLE account_edi_document (id serial PRIMARY KEY, state varchar, blocking_level varchar);
CREATE TABLE sale_order (id serial PRIMARY KEY, pending_email_template_id int);
CREATE TABLE event_mail (id serial PRIMARY KEY, mail_done bool, scheduled_date timestamp,
  interval_type varchar);
CREATE TABLE event_mail_slot (id serial PRIMARY KEY, mail_done bool, scheduled_date timestamp);
CREATE TABLE event_mail_registration (id serial PRIMARY KEY, mail_sent bool,
  scheduled_date timestamp);
CREATE TABLE digest_digest (id serial PRIMARY KEY, state varchar, next_run_date date,
  periodicity varchar);
CREATE TABLE base_automation (id serial PRIMARY KEY, active bool, trigger varchar,
  last_run timestamp);
CREATE TABLE ir_act_server (id serial PRIMARY KEY, code text);
CREATE TABLE ir_cron (id serial PRIMARY KEY, active bool, lastcall timestamp,
  ir_actions_server_id int);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module varchar, name varchar, model varchar,
  res_id int);
INSERT INTO mail_mail (state, body_html, email_to, auto_delete) VALUES
  ('outgoing', '<p>Dear Ada</p>', 'ada@example.org', true), ('sent', 'x', 'b@example.org', false),
  ('outgoing', 'y', 'c@example.org', false), ('exception', 'z', 'd@example.org', false);
INSERT INTO sms_sms (state) VALUES ('outgoing'), ('sent');
INSERT INTO snailmail_letter (state, error_code) VALUES ('pending', NULL),
  ('error', 'CREDIT_ERROR'),
  ('error', 'UNKNOWN_ERROR'), ('sent', NULL);
INSERT INTO whatsapp_message (state) VALUES ('outgoing');
INSERT INTO mail_scheduled_message (scheduled_date) VALUES ('2026-01-01'), ('2027-01-01');
INSERT INTO mail_scheduled_message_ir_attachment_rel VALUES (1);
INSERT INTO mail_message_schedule (scheduled_datetime) VALUES ('2026-01-01');
INSERT INTO mail_push_device DEFAULT VALUES;
INSERT INTO mail_push (payload, mail_push_device_id) VALUES ('{"title": "Ada"}', 1);
INSERT INTO mailing_mailing (state) VALUES ('in_queue'), ('sending'), ('done'), ('draft');
INSERT INTO utm_campaign (ab_testing_schedule_datetime, ab_testing_winner_selection) VALUES
  ('2026-01-01', 'opened_ratio'), ('2026-01-01', 'manual'), ('2099-01-01', 'opened_ratio');
INSERT INTO marketing_trace (state, schedule_date) VALUES ('scheduled', '2026-01-01'),
  ('scheduled', '2099-01-01'), ('processed', '2026-01-01');
INSERT INTO social_post (state) VALUES ('scheduled'), ('posted');
INSERT INTO queue_job (uuid, state, identity_key) VALUES ('a', 'pending', 'same'),
  ('b', 'started', NULL), ('c', 'done', NULL), ('d', 'wait_dependencies', NULL);
INSERT INTO account_move (sending_data) VALUES ('{"sending_methods": ["email"]}'), (NULL);
INSERT INTO account_edi_document (state) VALUES ('to_send'), ('sent');
INSERT INTO sale_order (pending_email_template_id) VALUES (7), (NULL);
INSERT INTO event_mail (mail_done, scheduled_date, interval_type) VALUES
  (false, '2026-01-01', 'before_event'), (NULL, '2099-01-01', 'before_event'),
  (false, '2026-01-01', 'after_sub');
INSERT INTO event_mail_slot (mail_done, scheduled_date) VALUES (NULL, '2026-01-01');
INSERT INTO event_mail_registration (mail_sent, scheduled_date) VALUES (false, '2026-01-01'),
  (true, '2026-01-01');
INSERT INTO digest_digest (state, next_run_date, periodicity) VALUES
  ('activated', '2026-01-01', 'weekly'), ('activated', '2099-01-01', 'daily');
INSERT INTO base_automation (active, trigger, last_run) VALUES (true, 'on_time', '2026-01-01'),
  (true, 'on_create', NULL);
INSERT INTO ir_cron (active, lastcall) VALUES (true, '2026-01-01'), (true, '2026-01-01'),
  (true, '2026-01-01');
INSERT INTO ir_act_server (code) VALUES ('model.process_email_queue()'),
  ('# Do NOT modify this cron.' || chr(10) ||
   'env[''lunch.supplier''].browse([7])._send_auto_email()'),
  ('model._cron_execute_followup()');
INSERT INTO ir_cron (active, ir_actions_server_id) VALUES (true, 1), (true, 2), (true, 3),
  (false, 3);
INSERT INTO ir_model_data (module, name, model, res_id) VALUES
  ('google_calendar', 'ir_cron_sync_all_cals', 'ir.cron', 4),
  ('calendar', 'ir_cron_scheduler_alarm', 'ir.cron', 1),
  ('sale', 'send_invoice_cron', 'ir.cron', 2),
  ('mail', 'ir_cron_mail_scheduler_action', 'ir.cron', 3);
"""
#: How many rows of each model the snapshot would send.
KINDS = kinds()
DUE = {
    "account.edi.document": 1,
    "account.move": 1,
    "base.automation": 1,
    "calendar.alarm": 1,
    "digest.digest": 1,
    "event.mail": 1,
    "event.mail.registration": 1,
    "event.mail.slot": 1,
    "ir.cron": 4,
    "mail.mail": 2,
    "mail.message.schedule": 1,
    "mail.push": 1,
    "mail.scheduled.message": 2,
    "mailing.mailing": 2,
    "marketing.trace": 1,
    "queue.job": 3,
    "sale.order": 1,
    "sms.sms": 1,
    "snailmail.letter": 2,
    "social.post": 1,
    "utm.campaign": 1,
    "whatsapp.message": 1,
}
EVERYTHING = " UNION ALL ".join(
    f"SELECT '{table}' AS t, to_jsonb(x) AS x FROM {table} x"
    for table in sorted({kind.table for kind in KINDS} - {"mail_notification_web_push"})
)
