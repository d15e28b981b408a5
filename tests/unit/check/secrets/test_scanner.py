"""The rules, by the lines that they find and those that they leave alone."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from pipeline.check.secrets import scanner as scanner_module
from pipeline.check.secrets.kinds import KINDS, class_name
from pipeline.check.secrets.scanner import Scanner, is_binary, rules_version

Made = Callable[[int], str]
DASHES = "-" * 5


def kinds(text: str, path: str) -> list[str]:
    return [hit.kind for hit in Scanner().scan(text.encode(), path)]


def pem(made: Made, joint: str = "\n") -> str:
    rows = joint.join("MIIE" + made(60) for _ in range(4))
    return f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}{joint}{rows}{joint}{DASHES}END"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("odoo.conf", "admin_passwd = {}", "odoo-password"),
        (".env", "export PGPASSWORD='{}'", "password"),
        ("a.py", 'password = "{}"', "password"),
        ("a.py", "token: str = '{}'", "secret-key"),
        ("settings.py", 'SECRET_KEY = "{}"', "framework-key"),
        ("a.py", "get(url, auth=('sync', '{}'))", "password"),
        ("a.py", 'set_param("mta.api_key", "{}")', "odoo-parameter"),
        ("a.json", '  "clientSecret": "{}"', "secret-key"),
        ("a.xml", '<field name="smtp_pass">{}</field>', "password"),
        ("a.xml", '<field name="api_key" eval="\'{}\'"/>', "secret-key"),
        ("a.xml", "<value>mta.secret</value><value>{}</value>", "odoo-parameter"),
        ("a.sh", "odoo-bin --db_password {} -d x", "password"),
        ("a.sh", "curl -u me:{} https://a.be", "password-in-command"),
        ("a.sh", "PGPASSWORD={} psql", "password"),
        ("a.sql", "ALTER ROLE odoo WITH PASSWORD '{}';", "password-in-command"),
        ("a.yml", "url: postgres://odoo:{}@db/x", "password-in-url"),
        ("notes.md", "Password of the server: {}", "password"),
        ("a.py", 'h = "Authorization: Bearer {}"', "bearer-token"),
        (".netrc", "machine a.be login me password {}", "netrc-password"),
        (".pgpass", "db:5432:*:odoo:{}", "pgpass-password"),
        (".htpasswd", "me:{}", "password-hash"),
        ("etc/shadow", "me:$6$ab$" + "{0}{0}:1:0:9:7:::", "password-hash"),
        ("res.users.csv", "id,password\nu,{}", "odoo-data"),
        ("ir.config_parameter.csv", "id,key,value\np,x.secret,{}", "odoo-parameter"),
        ("k.yml", "kind: Secret\nstringData:\n  x: {}", "kubernetes-secret"),
    ],
)
def test_a_secret_is_found_in_its_line(made: Made, path: str, line: str, kind: str) -> None:
    secret = made(32)
    (hit,) = Scanner().scan(line.format(secret).encode(), path)
    assert (hit.kind, hit.line) == (kind, line.count("\n") + 1)
    assert secret in hit.secret
    assert secret not in repr(hit)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ghp_" + "{36}", "github-token"),
        ("glpat-" + "{20}", "gitlab-token"),
        ("dckr_pat_" + "{27}", "docker-hub-token"),
        ("AIza" + "{35}", "google-key"),
        ("sk_live_" + "{24}", "stripe-key"),
        ("SG." + "{22}.{43}", "sendgrid-key"),
        ("npm_" + "{36}", "npm-token"),
        ("sk-ant-" + "api03-{95}", "anthropic-key"),
        ("https://hooks.slack.com/services/" + "T{9}/B{9}/{24}", "slack-token"),
    ],
)
def test_a_token_is_found_by_its_form(made: Made, line: str, kind: str) -> None:
    text = re.sub(r"\{(\d+)\}", lambda match: made(int(match[1])), line)
    assert kinds(f"x = '{text}'", "x.py") == [kind]
    assert kinds(f"x = '{text}'", "tests/test_x.py") == [kind]
    assert kinds(f"x{text}y", "x.py") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "password = fields.Char(string='Password')"),
        ("a.py", 'token = os.environ["TOKEN"]'),
        ("a.py", "url = f'https://{user}:{password}@{host}'"),
        ("a.py", 'dsn = "postgres://%s:%s@db/x" % values'),
        ("a.py", f'START = "{DASHES}BEGIN PRIVATE KEY{DASHES}"'),
        ("tests/test_a.py", '"password": "portal-user1",'),
        ("nl.po", 'msgstr "password=Abcd1234"'),
        (".env", "DATABASE_URL=postgres://odoo:odoo@db/x"),
        (".env", "PASSWORD_FILE=/run/secrets/db"),
        ("odoo.conf", "db_password = False"),
        ("a.yml", "token: ${{ secrets.GITHUB_TOKEN }}"),
        ("a.xml", '<field name="password" password="True"/>'),
        ("k.yml", "kind: Secret\nmetadata:\n  name: odoo-db\n# none"),
        (".htpasswd", "me:*"),
        (".pgpass", "# host:port:database:user:password"),
        ("res.users.csv", ""),
        ("res.users.csv", "id,password\na,b,c\nu,demo"),
        ("docker/config.json", '"auth": "x"'),
    ],
)
def test_a_line_without_secret_does_not_alarm(path: str, line: str) -> None:
    assert kinds(line, path) == []


def test_a_checksum_does_not_alarm_although_it_is_random(made: Made) -> None:
    text = f'"integrity": "sha512-{made(86)}=="\nsecret_hash = "{made(40)}"\nsha256: {made(64)}'
    assert kinds(text, "package-lock.json") == []
    assert kinds(f"sha256 = '{made(64)}'\ncommit = '{made(40)}'", "a.py") == []


def test_a_token_inside_an_image_does_not_alarm(made: Made) -> None:
    token = "AKIA" + "Q3EGRZ7WJXHQ2TMN"
    assert kinds(f"x = '{token}'", "a.py") == ["aws-key"]
    assert kinds(f"data:image/png;base64,{made(3000)}/{token}{made(300)}", "a.svg") == []


def test_a_private_key_is_found_in_lines_and_in_one_line(made: Made) -> None:
    assert kinds(pem(made), "id_rsa") == ["private-key"]
    assert kinds('{"k": "' + pem(made, "\\n") + '"}', "a.json") == ["private-key"]
    assert kinds("key: " + encoded(pem(made)), "a.txt") == ["private-key"]


def test_a_header_of_a_key_without_a_key_does_not_alarm(made: Made) -> None:
    header = pem(made).split("\n")[0]
    assert kinds(header, "a.py") == []
    assert kinds(f"{header}\n{DASHES}END RSA PRIVATE KEY{DASHES}", "a.txt") == []
    assert kinds(f"{header} in the text\n{made(40)}", "a.txt") == []
    assert kinds(f"{header}{DASHES}END", "a.txt") == []


def test_a_putty_key_needs_its_private_lines(made: Made) -> None:
    head = "PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\n" + made(40)
    assert kinds(f"{head}\nPrivate-Lines: 1\n{made(48)}", "a.ppk") == ["private-key"]
    assert kinds(f"{head}\nPrivate-Lines: 1", "a.ppk") == []
    assert kinds(head, "a.ppk") == []


def test_two_keys_are_two_secrets(made: Made) -> None:
    one, two = Scanner().scan(f"{pem(made)}\n{pem(made)}".encode(), "keys")
    assert one.secret != two.secret


def test_the_value_of_a_system_parameter_is_judged_by_the_key_above_it(made: Made) -> None:
    record = '<record>\n<field name="key">{}</field>\n<field name="value">{}</field>\n</record>'
    assert kinds(record.format("database.secret", made(36)), "a.xml") == ["odoo-parameter"]
    code = "M" + "2403" + "11987650"
    assert kinds(record.format("database.enterprise_code", code), "a.xml") == ["odoo-parameter"]
    assert kinds(record.format("web.base.url", made(36)), "a.xml") == []
    lone = '<field name="value">{}</field>'
    assert kinds(lone.format(made(36)), "a.xml") == []


def test_values_of_a_kubernetes_secret_are_decoded(made: Made) -> None:
    text = "kind: Secret\nmetadata:\n  name: x\ndata:\n  a: {}\n  password: {}\n---\nkind: Pod"
    assert kinds(text.format(encoded("web"), encoded(made(20))), "k.yml") == ["kubernetes-secret"]
    assert kinds(text.format(encoded("web"), "%%%"), "k.yml") == []
    last = f"data:\n  x: {encoded(made(20))}\nkind: Secret"
    assert kinds(last, "k.yml") == ["kubernetes-secret"]


def test_a_docker_login_is_decoded(made: Made) -> None:
    line = '"auth": "{}"'
    assert kinds(line.format(encoded("me:" + made(20))), ".docker/config.json") == ["docker-login"]
    assert kinds(line.format(encoded("me:changeme")), ".docker/config.json") == []


def test_basic_authorization_is_decoded(made: Made) -> None:
    line = 'h = "Basic {}"'
    assert kinds(line.format(encoded("me:" + made(20))), "a.py") == ["basic-authorization"]
    assert kinds(line.format(encoded("no colon in this text")), "a.py") == []


def test_the_pragma_silences_its_line_and_the_next_one(made: Made) -> None:
    line = f'password = "{made(20)}"'
    assert kinds(line + "  # pragma: allowlist secret", "a.py") == []
    assert kinds("# pragma: allowlist nextline secret\n" + line, "a.py") == []
    assert kinds("# pragma: allowlist nextline secret\n\n" + line, "a.py") == ["password"]


def test_one_value_in_one_line_is_one_hit(made: Made) -> None:
    token = "glpat-" + made(20)
    assert kinds(f"url = https://oauth2:{token}@a.be/x password={token}", ".env") == [
        "gitlab-token"
    ]


def test_a_long_line_is_searched_for_tokens_only(made: Made) -> None:
    filler = "var a=1;" * 400
    assert kinds(f'{filler}password="{made(20)}"', "a.js") == []
    assert kinds(f'{filler}x="{"npm_" + made(36)}"', "a.js") == ["npm-token"]


def test_binary_content_is_told_and_utf16_is_read(made: Made) -> None:
    line = f"password = '{made(20)}'"
    assert is_binary(b"\0" + line.encode())
    assert kinds("\0" + line, "a.py") == []
    (hit,) = Scanner().scan(line.encode("utf-16"), "a.py")
    assert hit.line == 1


def test_bytes_that_are_no_text_do_not_stop_the_scan(made: Made) -> None:
    data = b"# caf\xe9\n" + f"password = '{made(20)}'\r\n".encode()
    (hit,) = Scanner().scan(data, "a.py")
    assert hit.line == 2


def test_a_scanner_finds_the_same_when_it_has_seen_the_lines_before(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_module, "_REMEMBERED", 1)
    text = f"a = 1\nb = 2\npassword = '{made(20)}'\nc = 3".encode()
    scan = Scanner()
    first = scan.scan(text, "a.py")
    assert first and scan.scan(text, "a.py") == first == scan.scan(text, "a.py")


def test_every_kind_that_a_rule_can_name_has_a_plugin_name() -> None:
    assert len({class_name(kind) for kind in KINDS}) == len(KINDS)
    assert class_name("odoo-data") == "PipelineOdooDataDetector"


def test_the_version_of_the_rules_is_short_and_constant() -> None:
    assert len(rules_version()) == 16 and rules_version() == rules_version()


def test_input_made_to_slow_down_the_rules_ends(made: Made) -> None:
    for part in ("a-", "eyJ", "sk-", "password='", "curl ", "<field name="):
        assert kinds(part * 60_000, "a.yml") == []
        assert kinds((part * 2000)[:1990], "a.py") == []
