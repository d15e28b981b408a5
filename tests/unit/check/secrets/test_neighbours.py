"""Secrets whose name is in another line, and lines that tell what their neighbours are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.scanner import Scanner

Made = Callable[[int], str]
UUID = "3f2b8c1d-9a4e-4c7b-8f1e-2d5a6b7c8d9e"


def found(text: str, path: str, doubtful: bool = True) -> list[tuple[int, str]]:
    hits = Scanner().scan(text.encode(), path, doubtful=doubtful)
    return [(hit.line, hit.secret) for hit in hits]


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("a.py", "TOKENS = [\n    'A',\n    'B',  # of CI\n]", (2, 3)),
        ("a.py", "API_KEYS: list[str] = ['A', 'B']", (1, 1)),
        ("a.js", "const apiKeys = ['A', 'B'];", (1, 1)),
        ("a.rb", "passwords => ['A', 'B']", (1, 1)),
        ("a.yml", "tokens:\n  - A\n  - 'B'\nother:\n  - C", (2, 3)),
        ("a.json", '{"api_keys": [\n  "A",\n  "B"\n]}', (2, 3)),
        ("tests/test_a.py", "SECRETS = {'A', 'B'}", (1, 1)),
    ],
)
def test_each_random_value_of_a_list_of_secrets_is_found(
    made: Made, path: str, text: str, lines: tuple[int, int]
) -> None:
    values = {"A": made(32), "B": made(32), "C": made(32)}
    for letter, value in values.items():
        for mark in ("'{}'", '"{}"', "- {}"):
            text = text.replace(mark.format(letter), mark.format(value))
    assert found(text, path, False) == [(lines[0], values["A"]), (lines[1], values["B"])]


@pytest.mark.parametrize(
    "text",
    [
        "tokens = ['the', 'cat', 'sat']",
        "licence_keys = ['BSD-2-Clause-FreeBSD', 'BSD-2-Clause-NetBSD']",
        "keys = ['VALUE', 'VALUE']",
        "commits = ['VALUE']",
        "tokens:\n\n  - VALUE",
        "tokens = count(\n'x')",
        "secrets:\n  - projects/x/secrets/db",
        "tokens:\n" + "  - word\n" * 60 + "  - VALUE",
    ],
)
def test_other_lists_are_quiet(made: Made, text: str) -> None:
    assert found(text.replace("VALUE", made(32)), "a.yml") == []


def test_the_key_of_a_search_is_public_and_others_are_not(made: Made) -> None:
    secret = made(32)
    lines = "algolia: {\n  appId: 'X1',\n  apiKey: 'KEY',\n  indexName: 'docs',\n}"
    assert found(lines.replace("KEY", secret), "docusaurus.config.js") == []
    assert found(f"docsearch({{ apiKey: '{secret}', inputSelector: 'x' }})", "a.html") == []
    assert found(f"algolia_admin_api_secret = '{secret}'\nindexName = 'x'", "a.py") != []
    assert found(f"apiKey: '{secret}'", "a.js") == [(1, secret)]


def test_values_of_an_openapi_description_are_examples(made: Made) -> None:
    head = "openapi: 3.0.0\npaths:\n  /login:\n"
    assert found(head + "    example:\n      password: Tulip2024x\n", "api.yaml") == []
    assert found(head + f"    example: glpat-{made(20)}\n", "api.yaml") == []
    assert found('{"swagger": "2.0",\n"password": "sunflower"}', "api.json") == []
    token = "glpat-" + made(20)
    assert found(head + f"    x-token: {token}\n", "api.yaml") == [(4, token)]
    assert found("    example:\n      password: Tulip2024x\n", "api.yaml") != []


@pytest.mark.parametrize(
    "line",
    [
        "curl -H 'Cookie: session=VALUE' https://a.be",
        "curl -b 'session_id=VALUE' https://a.be/web",
        "cookies = {'session_id': 'VALUE'}",
        "Cookie: theme=dark; JSESSIONID=VALUE; x=1",
        "Set-Cookie: PHPSESSID=VALUE; path=/",
        "document.cookie = 'connect.sid=VALUE'",
    ],
)
def test_the_cookie_of_a_session_is_doubtful(made: Made, line: str) -> None:
    for value in (made(40), UUID):
        (hit,) = Scanner().scan(line.replace("VALUE", value).encode(), "a.txt", doubtful=True)
        assert (hit.kind, hit.secret) == ("session-cookie", value)
        assert hit.certainty is Certainty.DOUBTFUL
    assert found(line.replace("VALUE", "yoursessionidhere"), "a.txt") == []


def test_another_cookie_and_an_id_of_a_session_elsewhere_are_none(made: Made) -> None:
    assert found(f"Cookie: theme={made(40)}", "a.txt") == []
    assert found(f"session_id = '{made(40)}'", "a.py") == []


@pytest.mark.parametrize("name", ["tokens.txt", "my-api-keys.lst", "secrets.dat"])
def test_lines_of_a_file_named_after_secrets_are_doubtful(made: Made, name: str) -> None:
    first, second = made(40), made(40)
    text = f"# of CI\n{first}\nword\n{second}\n{made(20)} {made(20)}\n"
    assert found(text, name) == [(2, first), (4, second)]
    assert found(text, name, doubtful=False) == []
    assert found(text, "commits.txt") == []
