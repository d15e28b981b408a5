"""What ``--strict`` shows in addition, and what not even it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.rules.judgement import NO_VALUES
from pipeline.check.secrets.scanner import Scanner

Made = Callable[[int], str]
UUID = "3f2b8c1d-9a4e-4c7b-8f1e-2d5a6b7c8d9e"


def found(line: str, path: str) -> list[tuple[str, Certainty]]:
    hits = Scanner().scan(line.encode(), path, doubtful=True)
    return [(hit.secret, hit.certainty) for hit in hits]


@pytest.mark.parametrize(
    ("path", "line", "value"),
    [
        ("a.go", "//   password: tulip_pass", "tulip_pass"),
        ("a.js", " *     TEST_PGPASSWORD=tulip4scram", "tulip4scram"),
        ("a.yml", "users: [{user: me, password: tulip77}]", "tulip77"),
        ("a.md", "    {user: me, password: changeit}", "changeit"),
        ("a.sh", "docker run -e app.instance.dbPassword=tulip app", "tulip"),
        ("a.ps1", "x.ps1 -CertFilePassword Tulip2024x! -Id 5", "Tulip2024x!"),
        ("a.sql", "insert into user values ('me', password('tulip77'))", "tulip77"),
        ("tests/A.java", 'source.setPassword("121212");', "121212"),
        ("a.py", "password = 'correct horse battery staple'", "correct horse battery staple"),
        ("a.py", "smtp_password = 'qxzv mnop rtyw plkd'", "qxzv mnop rtyw plkd"),
        ("a.py", "password = 'x7Kq 9mTz 4bWn'", "x7Kq 9mTz 4bWn"),
        ("docker-compose.yml", "- A_PASSWORD=${A_PASSWORD:-tulip}", "tulip"),
        ("tests/a.ts", "secret: 'supersecret',", "supersecret"),
        ("a.js", "app.use({ secret: 'keyboard cat' })", "keyboard cat"),
        ("a.md", "SQL> alter user sys identified by Tulip1 container=all;", "Tulip1"),
        ("a.sql", "-- Password: Tulip1", "Tulip1"),
        ("tests/test_a.py", "x = base64.b64encode(b'me:sunflower')", "sunflower"),
        ("a.js", "headers = 'Basic ' + btoa('me@a.be:sunflower')", "sunflower"),
        ("tests/test_a.py", "text = 'USER=me\\nPASS=sunflower\\n'", "sunflower"),
    ],
)
def test_it_is_doubtful(path: str, line: str, value: str) -> None:
    assert value in [secret for secret, _certainty in found(line, path)]


@pytest.mark.parametrize("name", ["Client Secret", "Signing secret", "Access key", "Private Key"])
def test_a_name_of_two_words_in_prose_has_a_value(made: Made, name: str) -> None:
    secret = made(32)
    assert found(f"{name}: {secret}", "a.txt") == [(secret, Certainty.SURE)]


def test_the_key_of_a_tunnel_is_found(made: Made) -> None:
    secret = made(43) + "="
    assert found(f"PrivateKey = {secret}", "wg0.conf") == [(secret, Certainty.SURE)]


@pytest.mark.parametrize(
    "line",
    [
        "const secretKey = createSecretKey(Buffer.from('VALUE', 'hex'))",
        "secret_key_bytes = bytes.fromhex('VALUE')",
        'privateKey := hex.DecodeString("VALUE")',
        "secret_bytes = base64.b64decode(b'VALUE')",
    ],
)
def test_a_key_that_is_decoded_is_found(made: Made, line: str) -> None:
    secret = made(32)
    assert secret in [value for value, _sure in found(line.replace("VALUE", secret), "a.go")]


def test_a_setting_between_backticks_has_a_value() -> None:
    value = "zkWTtpnDxqmUNKYLyUam/w=="
    assert found(f"``A_SALT={value}``", "a.rst") == [(value, Certainty.DOUBTFUL)]


@pytest.mark.parametrize("name", ["api_key", "token", "client_secret", "password"])
def test_a_uuid_is_a_secret_by_its_name(name: str) -> None:
    assert found(f"{name} = '{UUID}'", "a.py") == [(UUID, Certainty.SURE)]


@pytest.mark.parametrize(
    "line",
    [
        "user_id = 'UUID'",
        "key = 'UUID'",
        "idempotency_key = 'UUID'",
        "nonce = '{UUID}'",
        '[Guid("UUID")]',
        "<ProjectGuid>{UUID}</ProjectGuid>",
        'MIDL_INTERFACE("UUID")',
    ],
)
def test_a_uuid_that_is_an_id_is_quiet(line: str) -> None:
    for uuid in (UUID, UUID.upper()):
        assert found(line.replace("UUID", uuid), "a.cs") == []


@pytest.mark.parametrize("word", sorted(NO_VALUES))
def test_a_value_that_says_something_about_a_secret_is_none(word: str) -> None:
    assert found(f'password = "{word}"', "a.py") == []
    assert found(f'secrets: "{word}"', "a.py") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("A.java", 'String token1 = "TRUNCATE ";'),
        ("a.py", 'if token == "lambda":'),
        ("a.py", 'SESSION_KEY = "shop_cart_content"'),
        ("a.js", "if (typeof this.password === 'function') {"),
        ("package.json", '"@types/login-token": "^0.4.34",'),
        ("package.json", '"passwd": "1.0.0-beta.3"'),
        ("a.idl", "DBPROP_AUTH_PASSWORD = 0x00000009,"),
        ("a.sh", "TOKEN=`curl -X PUT a.be`"),
        ("a.md", "export AWS_SECRET_ACCESS_KEY=fPk/Gya[...]4/j5bSuhDQ"),
        ("a.md", "client-secret: 8G6PCr00j********AyzaPc78"),
        ("a.md", "--password=NATS_PASSWORD  Password"),
        ("a.conf", "password = sunflowersunflower"),
        ("docker-compose.yml", "- A_PASSWORD=${A_PASSWORD:-changeme}"),
        ("docker-compose.yml", "- A_PASSWORD=${A_PASSWORD:-odoo}"),
        ("a.py", "password = 'Please enter a password'"),
        ("a.py", "password = 'this field is required'"),
        ("a.py", "password = 'enter your new one now'"),
        ("a.py", "password = 'two words'"),
        ("a.py", "# password: bytes"),
        ("a.rst", ":param userpwd: sunflower, or ``True``"),
        ("tests/test_a.py", "password = '47-11'"),
        ("a.pony", "_pass = _env.args(3).u32()"),
        ("a.gni", "_keystore_password = android_keystore_password"),
        ("a.pan", '"adminpwd" = SITE_MYSQL_ADMIN;'),
        ("a.groovy", 'replace(token: "%DB.ROLE%")'),
        ("a.md", "PASSWORD=###the password###"),
        ("a.sh", "PWD=$ORACLE_HOME/pwd.txt"),
        ("a.md", "DB_PASSWORD=<Database Password>"),
        ("a.js", "apiKey: 'base64EncodedKey'"),
        ("a.py", 'password = password.decode("UTF-8")'),
        ("a.sql", "CREATE USER username IDENTIFIED BY password;"),
        ("a.yml", "token: x7Kq9EXAMPLEmTz4bWn"),
        ("a.md", "The password is at: https://a.be/x1"),
        ("a.xml", "<value>web.base.url</value><value>https://a.be</value>"),
        ("a.txt", "  MIIEvgIBADANBgkqhkiG9w0BAQEFAASC" + "x7Kq9mTz4bWn" * 10),
        ("a.ts", " * @param password the value"),
        ("a.exs", "x(%{email: too_long, password: too_long})"),
    ],
)
def test_not_even_that_is_shown(path: str, line: str) -> None:
    assert found(line, path) == []
