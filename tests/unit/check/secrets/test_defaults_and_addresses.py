"""Passwords in addresses and connection strings, next to names, and where a variable is not set."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.check.secrets.scanner import Scanner

Made = Callable[[int], str]


def found(line: str, path: str) -> list[str]:
    return [hit.secret for hit in Scanner().scan(line.encode(), path)]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-SECRET}"),
        ("docker-compose.yml", "  - PGPASSWORD=${OTHER-SECRET}"),
        ("docker-compose.yml", "  PGPASSWORD: ${OTHER:-${ANOTHER:-SECRET}}"),
        ("docker-compose.yml", "  PGPASSWORD: ${OTHER:+SECRET}"),
        ("docker-compose.yml", "  command: run --db ${DB_PASSWORD:-SECRET}"),
        ("docker-compose.yml", "  PGPASSWORD: ${OTHER:-a$$SECRET}"),
        ("docker-compose.yml", "  URL: ${URL:-postgres://odoo:SECRET@db/x}"),
        (".env", "PGPASSWORD=${OTHER:-SECRET}"),
        ("entrypoint.sh", ': "${PGPASSWORD:=SECRET}"'),
        ("entrypoint.sh", 'export PGPASSWORD="${PGPASSWORD=SECRET}"'),
        ("Dockerfile", "ENV PGPASSWORD=${PGPASSWORD:-SECRET}"),
        ("entrypoint.sh", "PGPASSWORD=${PGPASSWORD:-'SECRET'}"),
        ("entrypoint.sh", 'PGPASSWORD=${PGPASSWORD:-"SECRET"}'),
        (".github/workflows/a.yml", "PGPASSWORD: ${{ secrets.PGPASSWORD || 'SECRET' }}"),
        ("values.yaml", 'password: {{ .Values.password | default "SECRET" }}'),
        ("Makefile", "PGPASSWORD ?= SECRET"),
        ("a.py", 'os.environ.get("DB_PASSWORD", "SECRET")'),
        ("a.py", 'os.environ["DB_PASSWORD"] or "SECRET"'),
        ("a.py", 'env("DB_PASSWORD", default="SECRET")'),
        ("a.js", 'process.env.DB_PASSWORD || "SECRET"'),
        ("a.yml", "x: \"{{ db_password | default('SECRET') }}\""),
        ("a.yml", "url: postgres://odoo:p@SECRET@db/x"),
        ("a.yml", "url: postgres://odoo:SECRET@p@db/x"),
        ("a.yml", "url: postgres://odoo:a@b:c@SECRET@db/x"),
        ("a.yml", "url: postgres://odoo:p%40SECRET@db/x"),
        ("a.yml", "url: postgres://odoo:%24SECRET@db/x"),
        ("a.yml", "url: smtp://me@firm.be:SECRET@mail.firm.be"),
        ("a.yml", "url: redis://:SECRET@[2001:DB8::1]:6379/0"),
        ("a.sh", "psql postgres://odoo:SECRET@${DB_HOST}/x"),
        ("a.sh", "curl http://a.be/ http://me:p@SECRET@b.be/ http://c.be/"),
        ("a.py", 'connect("host=db.a.be dbname=x user=odoo password=SECRET")'),
        ("a.cs", 'var x = "Server=tcp:a.be,1433;User ID=me@a;Password=SECRET;Encrypt=True;";'),
        ("web.config", "Data Source=a.be;Uid=me;Pwd=SECRET;Encrypt=True;"),
        ("a.json", '"url": "https://a.be/?client=1&api_key=SECRET&x=2"'),
        ("a.js", "// http://a.be/oauth.html#access_token=SECRET&state="),
        ("deployment.yaml", "- name: DB_PASSWORD\n  value: SECRET"),
        ("deployment.yaml", '- value: "SECRET"\n  name: DB_PASSWORD'),
        ("task.json", '"name": "DB_PASSWORD",\n"value": "SECRET"'),
    ],
)
def test_a_secret_is_found(made: Made, path: str, line: str) -> None:
    secret = made(14)
    (hit,) = found(line.replace("SECRET", secret), path)
    assert secret in hit


def test_a_password_ends_at_the_last_at_sign_of_the_address(made: Made) -> None:
    first, second = made(12), made(12)
    line = f"A=http://me:x@{first}@a.be/?to=b@c.be B=http://me:{second}@y@b.be"
    assert found(line, "a.sh") == [f"x@{first}", f"{second}@y"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-odoo}"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-${DB_PASSWORD}}"),
        ("docker-compose.yml", "  VERSION: ${VERSION:-19.0.1b7Xq2}"),
        ("a.py", 'os.environ.get("DB_PASSWORD", "")'),
        ("a.py", 'os.environ.get("PASSWORD_FILE", "/run/secrets/db")'),
        ("a.yml", "url: postgres://odoo:${PASSWORD}@db/x"),
        ("a.yml", "url: postgres://odoo:%(password)s@db/x"),
        ("a.yml", "url: postgres://odoo:<password>@<host>/x"),
        ("a.yml", "url: https://a.be:8069/x?mail=a@b.be"),
        ("a.py", "connect(host=self.host, password=self.secret2, user=user)"),
        ("a.py", 'connect("host=%s password=%s" % (host, password))'),
        ("deployment.yaml", "- name: DB_PASSWORD\n  value: ${DB_PASSWORD}"),
        ("deployment.yaml", "- name: DB_PASSWORD\n  valueFrom: kV9x2mQz7TfL"),
        ("deployment.yaml", "- name: DB_HOST\n  value: kv9-db.a.be"),
    ],
)
def test_what_holds_no_secret_does_not_alarm(path: str, line: str) -> None:
    assert found(line, path) == []
