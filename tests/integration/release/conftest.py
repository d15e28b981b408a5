"""A server on loopback in place of GitHub's API, and a repository to release."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

REPOSITORY = "customer/fields"


@dataclass
class StandIn:
    """What GitHub would know, and what it was asked.

    Attributes:
        answers: what to answer instead: (method, path) to status and body; None drops the
            connection, a callable is called first.
    """

    address: str = ""
    token: str = "right-token"
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    authorizations: set[str] = field(default_factory=set)
    secrets: list[str] = field(default_factory=list)
    organization: list[str] = field(default_factory=list)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    rights: set[str] = field(default_factory=lambda: {"actions", "environments", "secrets"})

    def reply(self, method: str, path: str, body: bytes) -> tuple[int, Any] | None:
        """What GitHub documents for the three requests of a release."""
        if (method, path) in self.answers:
            answer = self.answers[method, path]
            return answer(self, body) if callable(answer) else answer
        root = f"/repos/{REPOSITORY}"
        if (method, path) == ("GET", root):
            return 200, {"full_name": REPOSITORY, "default_branch": "main"}
        if method == "GET" and "?" in path:
            return self.list(path.removeprefix(root))
        if method == "GET" and path.startswith(f"{root}/releases/tags/"):
            found = self.releases.get(path.rpartition("/")[2])
            return (200, found) if found else (404, {"message": "Not Found"})
        if (method, path) == ("POST", f"{root}/releases"):
            return self.make(body)
        return 404, {"message": "Not Found"}

    def list(self, path: str) -> tuple[int, Any]:
        """A page of a list: GitHub gives at most 100 entries, 30 unless asked for more."""
        parts = urlsplit(path)
        query = parse_qs(parts.query, strict_parsing=True)
        size, page = (
            int(query.pop(key, [word])[0]) for key, word in (("per_page", "30"), ("page", "1"))
        )
        assert not query and 1 <= size and page >= 1, path
        found = self.entries(unquote(parts.path))
        if isinstance(found, int):
            refusal = {403: "Resource not accessible by personal access token", 404: "Not Found"}
            return found, {"message": refusal[found]}
        key, entries = found
        start = (page - 1) * min(size, 100)
        return 200, {"total_count": len(entries), key: entries[start : start + min(size, 100)]}

    def entries(self, path: str) -> int | tuple[str, list[dict[str, Any]]]:
        """The entries of a list, or the status with which GitHub refuses."""
        named = [{"name": name, "created_at": "2026-01-01T00:00:00Z"} for name in self.secrets]
        if path == "/actions/secrets":
            return ("secrets", named) if "secrets" in self.rights else 403
        if path == "/actions/organization-secrets":
            shared = [{"name": name, "visibility": "all"} for name in self.organization]
            return ("secrets", shared) if "secrets" in self.rights else 403
        if path == "/environments":
            shown = [
                {
                    "name": name,
                    "protection_rules": one.get("rules", []),
                    "deployment_branch_policy": one.get("policy"),
                }
                for name, one in self.environments.items()
            ]
            return ("environments", shown) if "actions" in self.rights else 403
        name, _, what = path.removeprefix("/environments/").rpartition("/")
        one = self.environments.get(name)
        if one is None:
            return 404
        if what == "secrets":
            own = [{"name": secret} for secret in one.get("secrets", [])]
            return ("secrets", own) if "environments" in self.rights else 403
        custom = (one.get("policy") or {}).get("custom_branch_policies")
        if what == "deployment-branch-policies" and custom:
            return "branch_policies", one["branches"]
        return 404

    def make(self, body: bytes) -> tuple[int, Any]:
        """Make a release."""
        sent = json.loads(body)
        made = {**sent, "html_url": f"https://github.example/{sent['tag_name']}"}
        self.releases[sent["tag_name"]] = made
        return 201, made


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer("GET")

        def do_POST(self) -> None:
            self.answer("POST")

        def answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            stand_in.asked.append((method, self.path))
            sent = self.headers.get("Authorization", "")
            stand_in.authorizations.add(sent)
            if sent != f"Bearer {stand_in.token}":
                reply: tuple[int, Any] | None = (401, {"message": "Bad credentials"})
            elif self.headers["X-GitHub-Api-Version"] != "2022-11-28":
                reply = 400, {"message": "Bad Request"}
            else:
                reply = stand_in.reply(method, self.path, body)
            if reply is None:
                self.close_connection = True
                return
            status, content = reply
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", f"{stand_in.address}/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def github() -> Iterator[StandIn]:
    """A server that answers as GitHub's API does, as far as releases go."""
    stand_in = StandIn()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in)) as server:
        stand_in.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join(10)


@pytest.fixture
def released(tmp_path: Path, make_addon: Callable[..., Path], git_in: Callable[..., str]) -> Path:
    """A repository with the tags v0.1.0 and v0.2.0, and one commit more; two add-ons."""
    root = tmp_path / "released"
    root.mkdir()
    git_in(root, "init", "--quiet", "--initial-branch=main")
    (root / "pipeline.toml").write_text('[image]\nversion = "0.3.0"\n', encoding="utf-8")

    def commit(subject: str, addon: str, version: str) -> None:
        manifest = f'{{"name": "x", "version": "{version}"}}'
        (root / addon).mkdir(exist_ok=True)
        (root / addon / "__manifest__.py").write_text(manifest, encoding="utf-8")
        git_in(root, "add", "--all")
        git_in(root, "commit", "--quiet", "--message", subject)

    commit("First", "contract", "19.0.1.0.0")
    git_in(root, "tag", "v0.1.0")
    commit("Contracts end (#7)", "contract", "19.0.1.1.0")
    git_in(root, "tag", "v0.2.0")
    git_in(root, "tag", "vendor-import")  # not a version
    commit("Visits, thanks to @ada <b>", "visit", "19.0.1.0.0")
    return root
