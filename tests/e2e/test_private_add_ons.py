"""Add-ons of others that only a login can fetch: by token over HTTP, by key over SSH."""

from __future__ import annotations

import base64
import http.server
import subprocess
import threading
import zipfile
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest

from bed_registry import ADDRESS
from bed_repository import Repository

#: This machine, as the engine's containers reach it.
HOST = ADDRESS.partition(":")[0]
TOKEN = token_hex(20)
GREETING = '"""A package that a private index has."""\n'
PACKAGED = """Metadata-Version: 2.1
Name: acme-greeting
Version: 1.0
"""
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILE = "acme_greeting-1.0-py3-none-any.whl"
#: A Dockerfile that mounts the login as docs/images.md says.
DOCKERFILE = """
FROM odoo:19.0
USER root
COPY requirements.txt /requirements.txt
RUN --mount=type=secret,id=netrc,target=/root/.netrc \\
    python3 -m pip install --break-system-packages --no-cache-dir -r /requirements.txt
COPY visit /mnt/extra-addons/visit
COPY vendor/them /mnt/extra-addons
USER odoo
"""
#: A test that needs the package.
IMPORTING = """
import acme_greeting
from odoo.tests import TransactionCase


class TestGreeting(TransactionCase):
    def test_greet(self):
        record = self.env["visit"].create({"name": acme_greeting.__name__})
        self.assertEqual(record.greet(), "Hello acme_greeting")
"""


class Guarded(http.server.SimpleHTTPRequestHandler):
    """Files, for whoever has the token."""

    wanted = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    def do_GET(self) -> None:
        """Refuse as a private git server does."""
        if self.headers.get("Authorization") == self.wanted:
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A bare repository with the add-on `theirs`."""
    made = Repository.create(tmp_path / "work", "19.0")
    made.addon("theirs")
    made.commit()
    bare = tmp_path / "served/theirs"
    made.git("clone", "--quiet", "--bare", str(made.path), str(bare))
    subprocess.run(["git", "-C", str(bare), "update-server-info"], check=True)
    return bare


@pytest.fixture
def server(theirs: Path) -> str:
    """The address of a web server with the repository and a package index, for a token only."""
    index = theirs.parent / "simple/acme-greeting"
    index.mkdir(parents=True)
    (index / "index.html").write_text(f'<a href="{FILE}">{FILE}</a>')
    with zipfile.ZipFile(index / FILE, "w") as wheel:
        information = "acme_greeting-1.0.dist-info"
        wheel.writestr("acme_greeting.py", GREETING)
        wheel.writestr(f"{information}/METADATA", PACKAGED)
        wheel.writestr(f"{information}/WHEEL", WHEEL)
        wheel.writestr(f"{information}/RECORD", "")
    handler = partial(Guarded, directory=str(theirs.parent))
    with http.server.ThreadingHTTPServer((HOST, 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{serving.server_address[1]}"
        serving.shutdown()


@pytest.mark.faults
def test_a_token_fetches_repositories_and_packages_and_stays_nowhere(
    call, repository, server, tmp_path
) -> None:
    repository.addon("visit", depends="theirs", tests=IMPORTING)
    repository.write("pipeline.toml", '[project]\ndependencies = ["repos.yaml"]\n')
    (repository.path / "repos.yaml").write_text(
        f"vendor/them:\n  remotes:\n    them: {server}/theirs\n  merges:\n    - them 19.0\n"
    )
    (repository.path / "requirements.txt").write_text(
        f"--extra-index-url {server}/simple\n--trusted-host {HOST}\nacme-greeting==1.0\n"
    )
    repository.write("Dockerfile", DOCKERFILE)
    repository.write(".isort.cfg", "[settings]\nprofile = black\n")
    repository.commit()
    rows = (answer := call("ci", "--source", repository.path, ok=False)).rows
    said = " ".join(answer.out.replace("│", " ").split())
    assert "cannot be reached" in said and "--netrc" in said, answer.out
    assert {step for step, how in rows.items() if how == "ERROR"} == {"dependencies"}, answer.out

    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login x-access-token password {TOKEN}\n")
    given = f"--netrc=file://{netrc}"
    answer = call(given, "ci", "--source", repository.path)
    assert {"test-visit", "build"} <= set(answer.rows)
    assert set(answer.rows.values()) == {"PASSED"}, answer.out
    assert TOKEN not in answer.out
    search = "! grep -rqs " + TOKEN + " / --exclude-dir=proc --exclude-dir=sys && echo nowhere"
    listed = call(
        *(given, "build", "--source", repository.path),
        *("with-exec", f"--args=sh,-c,{search}", "stdout"),
    )
    assert "nowhere" in listed.out

    netrc.write_text(f"machine {HOST} login {TOKEN}\n")
    answer = call(given, "ci", "--source", repository.path, ok=False)
    assert f"--netrc has no password for {HOST}" in " ".join(answer.out.split())
    assert TOKEN not in answer.out


def test_a_key_fetches_a_repository_of_a_server_that_is_known(
    repository, theirs, git_server, shell, tmp_path
) -> None:
    """One session, in which the server is a service of the engine."""
    theirs.rename(git_server / "repositories/theirs")
    (hosts := tmp_path / "hosts").write_text("* " + (git_server / "host.pub").read_text())
    repository.addon("visit", depends="theirs")
    repository.write("pipeline.toml", '[project]\ndependencies = ["repos.yaml"]\n')
    repository.commit()
    repos = "vendor/them: {remotes: {them: 'git@$name:theirs'}, merges: [them 19.0]}"
    keys = f"--git-key file://{git_server}/key --git-known-hosts file://{hosts}"
    shell(f"""
        server=$(host | directory {git_server} | docker-build | as-service --use-entrypoint)
        $server | start
        name=$($server | hostname)
        project=$(host | directory {repository.path} | with-new-file repos.yaml "{repos}")
        . {keys} | manifests --source $project
    """)
