"""How sure a finding is, of what sort, and in which order findings are reported."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.check.secrets import scan
from pipeline.check.secrets.kinds import KINDS, Sort, sort_of
from pipeline.check.secrets.occurrences import Occurrence, finding, risk
from pipeline.check.secrets.rules import tokens, weak
from pipeline.check.secrets.rules.hits import Certainty, Hit
from pipeline.check.secrets.rules.judgement import Threshold, judged, judged_by_value
from pipeline.check.secrets.rules.names import _GLUED, Holds, held_by
from pipeline.check.secrets.scanner import Scanner

Made = Callable[[int], str]


def hits(line: str, path: str, doubtful: bool = True) -> list[Hit]:
    return Scanner().scan(line.encode(), path, doubtful=doubtful)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/test_a.py", 'password = "sunflower"'),
        ("tests/test_a.py", 'assert settings["password"] == "sunflower"'),
        ("a.py", 'if password == "sunflower":'),
        ("deploy.yml", "db_password: sunflower"),
        ("docker-compose.yml", "      mail_password: sunflower"),
        ("tests/a.js", 'passwordRepeat: "sunflower"'),
        ("tests/a.py", """data = '{"name": "x", "password": "sunflower"}'"""),
        ("install.sh", "mysqlrootpwd=sunflower"),
        ("run.sh", "docker run -e MYSQL_PASSWORD=sunflower mysql"),
        ("run.sh", "java -Djavax.net.ssl.trustStorePassword=sunflower x"),
        ("Dockerfile", "RUN openssl genrsa -passout pass:sunflower -out a.pem 4096"),
        ("a.sql", 'CREATE USER me IDENTIFIED BY "sunflower"'),
        ("tests/a.md", "curl -H 'X-Auth-Token: sunflower77' x"),
        ("tests/ldap.cf", "bind_pw = sunflower"),
        ("a.js", "connection.login('me', 'sunflowerpassword')"),
    ],
)
def test_a_word_where_a_secret_belongs_is_doubtful(path: str, line: str) -> None:
    (hit,) = hits(line, path)
    assert hit.certainty is Certainty.DOUBTFUL and "sunflower" in hit.secret
    assert hits(line, path, doubtful=False) == []


@pytest.mark.parametrize(
    ("path", "line", "value"),
    [
        (".env", "DB_PASSWORD=admin123", "admin123"),
        ("irc.ini", "AdminPassword=AdminPassword123", "AdminPassword123"),
        ("a.php", "$dbpasswd = 'pass123';", "pass123"),
        (".netrc", "machine a.be login me password pass123", "pass123"),
        (".pgpass", "db:5432:*:odoo:password", "password"),
        (".git-credentials", "https://me:password!#@498@a.be", "password!#@498"),
        ("a.tf", 'password = "foobarbaz"', "foobarbaz"),
        ("ci.yml", "  POSTGRES_PASSWORD: postgres", "postgres"),
        ("run.sh", "KEYSTORE_PASSWORD=changeit", "changeit"),
        ("a.md", "    password: 121212", "121212"),
        ("tests/test_a.py", 'login("me", password="barユ£")', "barユ£"),
        ("ci.yml", "  URL: postgres://postgres:postgres@localhost:5432/x", "postgres"),
        ("a.conf", "uri = mongodb://me:secret@mongo:27017/x", "secret"),
        ("a.sql", "CREATE USER me WITH PASSWORD 'admin'", "admin"),
        ("a.ps1", "$p = ConvertTo-SecureString 'secretpass' -AsPlainText -Force", "secretpass"),
        ("a.ps1", "Get-Token -User Bob -Password sunflower", "sunflower"),
        ("a.py", "headers = {'Authorization': 'Basic dXNlcjpwYXNzd2Q='}", "dXNlcjpwYXNzd2Q="),
    ],
)
def test_a_password_that_anybody_could_guess_is_doubtful(path: str, line: str, value: str) -> None:
    assert [(hit.secret, hit.certainty) for hit in hits(line, path)] == [
        (value, Certainty.DOUBTFUL)
    ]


@pytest.mark.parametrize(
    "line",
    [
        'password = "put-yours-here"',
        'password = "test-password"',
        'KEYSTORE_PASSWORD = "keystore-password"',
        'password = "0x00000006"',
        'password = "ENC(OT0qGOpXrr1Iog1W)"',
        "x = 'PublicKeyToken=b77a5c561934e089'",
        'cluster_token = "etcd-cluster-1"',
        "url = 'https://user:password@github.com/x'",
        'password = "YOUR_PASSWORD_1"',
        'password = "my_password"',
        'token = "some-refresh-token"',
        'set_password = "app.forms.SetPasswordForm"',
        'cookie_secret = "__TODO:_GENERATE_YOUR_OWN_VALUE__"',
        'credentials: "include"',
        'hipchat_api_key = "hipchat_api_key"',
        'wachtwoord = "sunflower-wachtwoord"',
        'password = "0.169"',
        'password = "$2b$12$sunflower"',
        'from_secret: "docker_username"',
        'csrf_token = "sunflower"',
        'token = "123"',
        'update_password: "on_create"',
        'password_ratio = "0.169"',
    ],
)
def test_names_of_secrets_and_settings_about_them_are_not_even_doubtful(line: str) -> None:
    assert hits(line, "tests/test_a.py") == []


def test_texts_of_a_program_in_one_language_hold_no_passwords() -> None:
    assert hits('"LABEL_PASSWORD": "Wachtwoord77"', "src/i18n/nl_NL.json") == []


def test_a_key_that_may_be_public_counts_only_when_it_looks_random(made: Made) -> None:
    secret = made(32)
    (hit,) = hits(f"LOB_KEY={secret}", "settings.env")
    assert hit == Hit(1, "secret-key", secret, Certainty.DOUBTFUL)
    assert hits("LOB_KEY=sunflower", "settings.env") == []
    assert judged_by_value("sunflower") is None


def test_every_name_without_separation_is_one_of_a_secret() -> None:
    ends = _GLUED.pattern.partition("(?:")[2].replace("(?P<key>", "").replace(")", "").split("|")
    assert len(ends) >= 7
    assert {held_by("some" + end) for end in ends} == {Holds.PASSWORD, Holds.KEY}


def test_a_hash_in_a_test_is_that_of_an_invented_password() -> None:
    value = "$2b$12$" + "Ab1" * 17 + "xY"
    assert judged(value, Threshold.MIDDLE) is Certainty.SURE
    assert judged(value, Threshold.HIGH) is None
    assert hits(f'x = "{value}"', "tests/test_a.py") == []


@pytest.mark.parametrize("member", ["d", "k"])
def test_the_private_part_of_a_json_web_key_is_found(made: Made, member: str) -> None:
    secret = made(43)
    text = f'{{\n  "kty": "EC",\n  "x": "{made(43)}",\n  "{member}": "{secret}"\n}}'
    assert [(hit.kind, hit.secret) for hit in hits(text, "key.json", doubtful=False)] == [
        ("private-key", secret)
    ]


def test_a_public_json_web_key_is_no_secret(made: Made) -> None:
    assert hits(f'{{"kty": "EC", "x": "{made(43)}", "y": "{made(43)}"}}', "key.json") == []


def test_a_key_in_strings_that_are_joined_is_found(made: Made) -> None:
    head = "-----BEGIN " + "RSA PRIVATE KEY-----"
    text = f'val key = "{head}\\n" +\n    "{made(64)}\\n" +\n'
    assert [hit.kind for hit in hits(text, "a.kt", doubtful=False)] == ["private-key"]


def test_a_long_encoded_key_in_one_line_is_found(made: Made) -> None:
    line = "private: MIIEvgIBADANBgkqhkiG9w0BAQEFAASC" + made(2400)
    assert [hit.kind for hit in hits(line, "a.yml", doubtful=False)] == ["private-key"]


def test_what_only_begins_like_a_secret_is_none(made: Made) -> None:
    certificate = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + made(90).encode()).decode()
    nobody = base64.b64encode(b"sunflower:").decode()
    for line in (
        f"x = '{certificate}'",
        "SK" + "g" * 32,
        "Authorization: Bearer sunflowersunflower",
        f"Authorization: Basic {nobody}",
        "https://me:x@sunflower.org/",
    ):
        assert hits(line, "a.txt") == [], line


def test_a_signed_web_token_counts_and_an_encrypted_one_does_not(made: Made) -> None:
    header = "eyJhbGciOiJIUzI1NiJ9"
    signed = f"{header}.{header}.{made(43)}"
    assert [hit.kind for hit in hits(f"x {signed}", "a.txt", doubtful=False)] == ["jwt"]
    assert hits(f"x {header}.{made(30)}.{made(30)}.{made(30)}.{made(30)}", "a.txt") == []
    assert hits(f"x {header}.{header}.", "a.txt") == []
    assert hits(f"x eyJub3QganNvbiBhdCBhbGwh.{header}.{made(43)}", "a.txt") == []


def test_every_kind_has_a_sort_and_every_sort_has_kinds() -> None:
    assert {sort_of(kind) for kind in KINDS} == set(Sort)
    assert {sort_of(kind) for kind in weak.ADVICE} == {Sort.WEAK}
    provider = {kind for kind in tokens.KINDS if kind.endswith(("-token", "-key"))} - {"age-key"}
    assert {sort_of(kind) for kind in provider} == {Sort.PROVIDER}


def test_what_is_sure_comes_first_and_then_the_riskier_sort() -> None:
    def item(kind: str, certainty: Certainty) -> Occurrence:
        return Occurrence("a", 1, kind, "0", certainty=certainty)

    ordered = [
        item("github-token", Certainty.SURE),
        item("private-key", Certainty.SURE),
        item("password", Certainty.SURE),
        item("weak-master-password", Certainty.SURE),
        item("secret-key", Certainty.DOUBTFUL),
        item("password", Certainty.DOUBTFUL),
    ]
    assert [risk(one) for one in ordered] == sorted(map(risk, ordered), reverse=True)
    assert len(set(map(risk, ordered))) == len(ordered)


def test_a_finding_says_its_sort_and_how_sure_it_is() -> None:
    sure = finding(Occurrence("a", 1, "github-token", "0"), "", "b")
    assert "(github token; of a provider, sure)" in sure.message
    doubtful = finding(Occurrence("a", 1, "password", "0", certainty=Certainty.DOUBTFUL), "", "b")
    assert doubtful.message.startswith("this may be a secret (password; password, doubtful)")
    assert "--update-baseline" not in doubtful.fix


def test_doubtful_ones_of_the_tree_are_notes_and_only_on_request(
    tmp_path: Path, made: Made
) -> None:
    (tmp_path / "a.py").write_text(f'password = "{made(20)}"\ntoken = "glpat-{made(20)}"\n')
    (tmp_path / "b.py").write_text('password = "sunflower"\n')
    usual = scan.judge(scan.look(tmp_path, "none"), tmp_path, "none")
    assert [one.code for one in usual.findings] == ["gitlab-token", "password"]
    assert usual.doubtful == () and usual.summary.startswith("2 secrets, 2 files")
    strict = scan.judge(scan.look(tmp_path, "none", doubtful=True), tmp_path, "none")
    assert strict.findings == usual.findings
    assert [one.path for one in strict.doubtful] == ["b.py"]
    assert strict.summary.startswith("2 secrets, 1 doubtful one,")
