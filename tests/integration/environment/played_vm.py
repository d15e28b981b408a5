"""A VM that is this machine: what the tests do on it, and what they ask it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker_stand_in.kept import keep, kept
from postgres_server import PostgresServer

from pipeline.environment.host.dotenv import update
from pipeline.environment.host.host import Host

#: A database as Odoo's, as far as a deployment looks at it.
SCHEMA = """
CREATE EXTENSION unaccent;
ALTER FUNCTION unaccent(text) IMMUTABLE;
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
INSERT INTO ir_module_module (name, state, latest_version) VALUES
  ('base', 'installed', '19.0.1.3'), ('mta', 'installed', '19.0.1.0.0'),
  ('sale', 'uninstalled', NULL);
CREATE TABLE ir_attachment (id serial PRIMARY KEY, name text, store_fname text);
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key text UNIQUE, value text);
CREATE TABLE res_partner (id serial PRIMARY KEY, name text NOT NULL,
  create_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'),
  write_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'));
CREATE INDEX partner_name ON res_partner (unaccent(name));
INSERT INTO res_partner (name) VALUES ('Anaïs'), ('tab\there');
"""


def image(name: str, **changes: Any) -> dict[str, Any]:
    """The description of an image: its add-ons, and what an update with it does."""
    version = changes.pop("version", "19.0.1.0.0")
    addons = {
        "base": {"version": "19.0.1.3", "code": "b", "update": "b"},
        "mta": {"version": version, "own": True, "code": name, "update": version},
    }
    for addon in addons.values():
        addon |= {"installable": True, "depends": []}
    described = {"addons": addons, "update": "SELECT 1", "log": "", "exit": 0, "healthy": True}
    return described | changes


@dataclass
class Vm:
    """An environment on this machine.

    Attributes:
        home: folder of the stand-in for Docker.
        host: what the pipeline works with.
        server: the database server.
        run: runs a command of the pipeline: exit code, and what it printed.
    """

    home: Path
    host: Host
    server: PostgresServer
    run: Callable[..., tuple[int, str]]

    @property
    def database(self) -> str:
        """Odoo's database."""
        return self.host.environment.database

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return self.host.environment.backups

    @property
    def state(self) -> dict[str, Any]:
        """What the stand-in for Docker knows."""
        return kept(self.home, "state")

    def change(self, **values: Any) -> None:
        """Change what it knows."""
        keep(self.home, "state", self.state | values)

    def publish(self, name: str, **changes: Any) -> str:
        """Put an image into the registry; gives its reference by digest."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        reference, identity = f"registry.test/odoo-mta@sha256:{digest}", f"sha256:id{digest[2:]}"
        known = kept(self.home, "images")
        known[identity] = image(name, **changes)
        keep(self.home, "images", known)
        self.change(registry={**self.state["registry"], reference: identity})
        return reference

    def command(self, *words: object) -> tuple[int, str]:
        """Run a command of `pipeline environment` on this environment."""
        place = self.host.environment
        where = ("--environment", place.name, "--source", place.directory)
        return self.run("environment", *words, *where)

    def shell(self, command: str, content: bytes | None = None) -> tuple[int, str]:
        """What a person types on the VM; docker gets no variables of the tests' and the shell's."""
        bare = 'docker() { env -i PATH="$PATH" HOME="$HOME" docker "$@"; }; '
        done = subprocess.run(
            ["bash", "-c", bare + command], input=content, capture_output=True, timeout=120
        )
        return done.returncode, (done.stdout + done.stderr).decode()

    def deploy(self, name: str, *options: object, **changes: Any) -> tuple[int, str]:
        """Publish an image and deploy it."""
        reference = self.publish(name, **changes)
        return self.command("deploy", "--image", reference, "--version", name, *options)

    def sql(self, statement: str) -> str:
        """Run a statement in Odoo's database."""
        return self.server.sql(statement, self.database)

    def databases(self) -> list[str]:
        """All databases that are not the server's own."""
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'mta%' ORDER BY 1"
        return self.server.sql(query).split()

    def running(self, service: str) -> list[str]:
        """Names of the images that a service runs."""
        known = {value: key for key, value in self.state["registry"].items()}
        versions = {
            f"registry.test/odoo-mta@sha256:{hashlib.sha256(name.encode()).hexdigest()}": name
            for name in ("v1", "v2", "v3")
        }
        return [
            versions.get(known.get(one["image"], ""), one["image"])
            for one in self.state["containers"].values()
            if one["service"] == service and one["status"] == "running"
        ]

    def attach(self, content: bytes) -> str:
        """Store a file as Odoo does; gives its name."""
        digest = hashlib.sha1(content).hexdigest()
        name = f"{digest[:2]}/{digest}"
        path = self.home / "data" / "filestore" / self.database / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.sql(f"INSERT INTO ir_attachment (name, store_fname) VALUES ('a', '{name}')")
        return name


def deployed(vm: Vm) -> Vm:
    """As after a deployment of v1, to a database that looks as Odoo's."""
    reference = vm.publish("v1")
    identity = vm.state["registry"][reference]
    if "template_odoo" not in vm.server.sql("SELECT datname FROM pg_database").split():
        vm.server.sql("CREATE DATABASE template_odoo TEMPLATE template0")
        vm.server.sql(SCHEMA, "template_odoo")
    vm.server.sql(f'CREATE DATABASE "{vm.database}" TEMPLATE template_odoo')
    containers = vm.state["containers"]
    for number, service in enumerate(("postgres", "odoo-mta-web", "odoo-mta-cron"), 2):
        containers[f"{service}-{number}"] = {
            "service": service,
            "image": identity if service != "postgres" else service,
            "status": "running",
            "address": f"127.0.1.{number}",
        }
    vm.change(images={reference: identity}, containers=containers, number=4)
    update(vm.host.environment.dotenv, {"ODOO_IMAGE": reference, "ODOO_VERSION": "v1"})
    return vm
