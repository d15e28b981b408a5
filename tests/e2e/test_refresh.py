"""UAT refreshed from PROD by `dagger call`, between stand-ins for two VMs."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bed import Machine
from bed_addons import ADDONS, boats
from bed_project import LENGTH, answers, prepare, psql
from pipeline.cli.options.phrases import DEPLOY_PROD, REFRESH_UAT

pytestmark = pytest.mark.faults

PASSWORD = f"testers-{secrets.token_hex(4)}"
DECLARED = """
[tables.bed_boat]
name = "label"

[tables.bed_harbour]
name = "label"

[keep."a size is no secret"]
bed_boat = ["length"]
"""
WEB = "web=$(docker ps -q -f label=com.docker.compose.service=odoo-mta-web | head -1)"
#: What a tester does first.
LOGIN = """
import http.cookiejar, re, sys, urllib.parse, urllib.request
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
page = opener.open("http://localhost:8069/web/login").read().decode()
token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
form = {"login": "admin", "password": sys.argv[1], "csrf_token": token}
data = urllib.parse.urlencode(form).encode()
print(opener.open("http://localhost:8069/web/login", data).geturl())
"""


@pytest.fixture
def source(project: Path, tmp_path: Path) -> Path:
    """The project with its add-on as UAT runs it, and what the add-on stores declared."""
    folder = tmp_path / "source"
    shutil.copytree(project, folder)
    for name, text in boats("2.0", LENGTH, "cr.execute('UPDATE bed_boat SET length = 7')").items():
        path = folder / "odoo_addons" / name.removeprefix(f"{ADDONS}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "anonymization.toml").write_text(DECLARED)
    return folder


@pytest.fixture
def refresh(call, uat, prod, tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Call it, or its plan: all that it printed, and where the result is."""
    (tmp_path / "testers").write_text(PASSWORD)
    (tmp_path / "key").write_text("the key of the report")

    def run(
        source: Path,
        *more: str,
        ok: bool = True,
        confirm: str = REFRESH_UAT.text,
        verb: str = "run",
    ) -> tuple[str, Path]:
        command = ["uat", f"--source={source}"]
        for prefix, machine in (("", uat), ("prod-", prod)):
            (machine.key.parent / "known_hosts").write_text(machine.known_hosts)
            command += ["refresh"] if prefix else []
            command += [f"--{prefix}host={machine.address}", f"--{prefix}user={machine.user}"]
            command.append(f"--{prefix}ssh-key=file:{machine.key}")
            command.append(f"--{prefix}known-hosts=file:{machine.key.parent}/known_hosts")
        command += [*more, verb]
        if verb == "plan":
            return call(*command, ok=ok).out, tmp_path
        command.append(f"--confirm={confirm}")
        command.append(f"--testers-password=file:{tmp_path}/testers")
        command.append(f"--report-key=file:{tmp_path}/key")
        result = tmp_path / f"result-{secrets.token_hex(4)}"
        answer = call(*command, "export", "--path", result, ok=ok)
        return f"{answer.out}\n{answer.log}", result

    return run


def attach(machine: Machine, content: str) -> str:
    """A customer's file in Odoo's filestore; returns its name there."""
    digest = hashlib.sha1(content.encode()).hexdigest()
    name = f"{digest[:2]}/{digest}"
    folder = f"/var/lib/odoo/filestore/mta-{machine.name}/{digest[:2]}"
    machine.root(
        f"{WEB}; docker exec -i $web sh -c 'mkdir -p {folder} && cat > {folder}/{digest}'",
        input=content.encode(),
    )
    psql(
        machine,
        "INSERT INTO ir_attachment (name, type, store_fname, checksum, file_size, mimetype) VALUES "
        f"('paper', 'binary', '{name}', '{digest}', {len(content)}, 'text/plain')",
    )
    return name


def holds(machine: Machine, text: str) -> bool:
    """Whether a dump of the database, or its filestore, has a text in it."""
    database = f"mta-{machine.name}"
    found = machine.root(
        f"docker exec odoo-mta-db pg_dump -U odoo {database} | grep -c -- {text}; "
        f"{WEB}; docker exec $web grep -r -l -- {text} /var/lib/odoo/filestore/{database}",
        ok=False,
    )
    return found.out.strip() != "0"


def test_uat_gets_prods_data_anonymized_or_stays_as_it_was(
    uat, prod, on, project, source, refresh, versions, tmp_path
) -> None:
    prepare(on, prod, project)
    confirmed = f"--confirm={DEPLOY_PROD.text}"
    on(prod, "deploy", "--version=1.0.0", confirmed, "--allow-untested")
    prepare(on, uat, project)
    on(uat, "deploy", "--tag=uat-v2.0.0")
    canary = f"canary{secrets.token_hex(6)}"
    psql(prod, f"INSERT INTO bed_boat (name) VALUES ('{canary}')")
    psql(prod, f"UPDATE res_partner SET name = '{canary}', email = '{canary}@example.org'")
    name = attach(prod, f"a contract with {canary}")
    psql(uat, "INSERT INTO bed_boat (name) VALUES ('of the testers')")
    assert holds(prod, canary)

    said, _ = refresh(source, ok=False, confirm=REFRESH_UAT.text.lower())
    assert "nothing was contacted" in said

    plan, _ = refresh(source, verb="plan")
    assert "PROD 1.0.0" in plan and "UAT 2.0.0" in plan and "replaced and verified" in plan

    undeclared = DECLARED.replace("[tables.bed_boat]", "[tables.bed_other]")
    (source / "anonymization.toml").write_text(undeclared)
    said, _ = refresh(source, ok=False)
    assert 'bed_boat.name: [tables.bed_boat] name = "label"' in said
    assert psql(uat, "SELECT name FROM bed_boat") == "of the testers"
    (source / "anonymization.toml").write_text(DECLARED)

    settings = source / "pipeline.toml"
    text = settings.read_text()
    section = "[anonymization]\n"
    assert section in text
    settings.write_text(text.replace(section, f"{section}encrypted = true\n"))
    said, result = refresh(source, "--filestore")
    settings.write_text(text)
    assert "the throwaway server's files are encrypted on the engine's disk, because" in said
    assert "ended: done" in (result / "summary.txt").read_text()
    assert canary not in said
    assert not holds(uat, canary)
    assert psql(uat, "SELECT count(*), min(length) FROM bed_boat") == "1|7"
    assert psql(prod, "SELECT name FROM bed_boat") == canary
    assert answers(uat) == "200"
    uat.write("/tmp/login.py", LOGIN)
    assert "/web/login" not in uat.root(f"python3 /tmp/login.py {PASSWORD}").out
    assert (result / "anonymization.hmac").exists()
    report = json.loads((result / "anonymization.json").read_text())
    assert not any(report["integrity"].values())
    left = uat.root("ls -A /opt/odoo-mta/.deployments/refresh").out
    assert left.strip() == ""

    said, result = refresh(source, "--anonymize=false", "--filestore")
    assert "the throwaway server's files are in memory: " in said
    assert psql(uat, "SELECT name FROM bed_boat") == canary
    assert holds(uat, canary)
    assert psql(uat, f"SELECT count(*) FROM ir_attachment WHERE store_fname = '{name}'") == "1"
    assert "NOT ANONYMIZED" in on(uat, "history", "--format=json")
    assert psql(uat, "SELECT count(*) FROM ir_cron WHERE active") == "1"
