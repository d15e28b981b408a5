"""Kinds of secrets in public sets of leaks, in words of our own, and what only looks like them."""

from __future__ import annotations

import base64
import binascii
import random
import string
from collections.abc import Callable

import pytest

from pipeline.check.secrets.scanner import Scanner

Made = Callable[[int], str]
WORD = "sunflower"


def found(line: str, path: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.secret) for hit in Scanner().scan(line.encode(), path)]


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("docker-compose.yml", "  - MAIL_PASSWORD={}", "password"),
        ("docker-compose.yml", "  MAIL_PASSWORD: {}", "password"),
        ("src/application.properties", "spring.datasource.password={}", "password"),
        ("keystore.properties", "keyPassword={}", "password"),
        ("server.properties", "keypassword={}", "password"),
        (".netrc", "machine a.be login me password {}", "netrc-password"),
        (".pgpass", "db:5432:*:odoo:{}", "pgpass-password"),
        (".env", "DB_PASSWORD={}", "password"),
        (".git-credentials", "https://me:{}@a.be", "password-in-url"),
        (".esmtprc", 'password "{}"', "password"),
        (".msmtprc", "password   {}", "password"),
        (".fetchmailrc", 'user "me" pass "{}" is me', "password"),
    ],
)
def test_a_word_is_a_password_where_it_is_in_use(path: str, line: str, kind: str) -> None:
    assert found(line.format(WORD), path) == [(kind, WORD)]


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("deploy.sh", r'curl -d "{\"password\": \"SECRET\"}" a.be', "password"),
        ("job.yml", r'  body: "{\"client_secret\":\"SECRET\"}"', "secret-key"),
        ("server.properties", "sharedsecret=SECRET", "secret-key"),
        ("server.properties", "# keypassword=SECRET", "password"),
        ("a.js", "const aesKey = 'SECRET';", "secret-key"),
        ("A.java", 'dataSource.setPassword("SECRET");', "password"),
        ("A.java", 'client.setApiKey("SECRET");', "secret-key"),
        ("a.go", 'client.SetApiKey("SECRET")', "secret-key"),
        ("a.go", 'want := Config{ApiToken: github.String("SECRET")}', "secret-key"),
        ("a.tfstate", '"smtp_password_v4": "SECRET",', "password"),
        ("a.ps1", "$p = ConvertTo-SecureString 'SECRET' -AsPlainText -Force", "password"),
        ("a.py", "server.login('me', 'SECRET')", "password"),
        ("config/secrets.yml", "  secret_key_base: SECRET", "secret-key"),
        ("a.php", "$dbpasswd = 'SECRET';", "password"),
        ("a.php", "define('DB_PASSWORD', 'SECRET');", "password"),
        (".npmrc", "//npm.firm.be/:_authToken=SECRET", "npm-token"),
        (".npmrc", "_auth=SECRET", "npm-token"),
        ("sites.xml", '<Pass encoding="base64">SECRET</Pass>', "password"),
        ("sites.xml", "<Pass>SECRET</Pass>", "password"),
        ("logins.json", '"encryptedPassword":"SECRET",', "browser-login"),
        ("a.py", "requests.get(url, auth=('me', 'SECRET'))", "password"),
        ("firefox/logins.json", '"encryptedUsername": "SECRET",', "browser-login"),
        ("a.py", 'get("https://a.be/x?access_token=SECRET")', "secret-key"),
        (".git-credentials", "https://me:a#SECRET@b@a.be", "password-in-url"),
    ],
)
def test_a_random_value_is_found(made: Made, path: str, line: str, kind: str) -> None:
    secret = made(24)
    ((its_kind, value),) = found(line.replace("SECRET", secret), path)
    assert (its_kind, secret in value) == (kind, True)


def test_the_password_of_git_ends_at_the_last_at_sign() -> None:
    line = f"https://me:{WORD}#@x@a.be"
    assert found(line, ".git-credentials") == [("password-in-url", f"{WORD}#@x")]


def test_a_seed_of_nats_is_told_by_its_checksum() -> None:
    source = random.Random(7)
    seed = bytes([18 << 3 | 20 >> 5, (20 & 31) << 3]) + source.randbytes(32)
    seed += binascii.crc_hqx(seed, 0).to_bytes(2, "little")
    text = base64.b32encode(seed).decode().rstrip("=")
    assert found(f"nkey: {text}", "a.md") == [("nats-seed", text)]
    other = text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:]
    assert found(f"nkey: {other}", "a.md") == []


def test_the_seed_of_one_time_passwords_is_found() -> None:
    source = random.Random(8)
    seed = "".join(source.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(32))
    assert found(f"totp = pyotp.TOTP('{seed}')", "a.py") == [("secret-key", seed)]


def test_rails_master_key_is_a_file_of_one_line() -> None:
    source = random.Random(3)
    key = "".join(source.choice("0123456789abcdef") for _ in range(32))
    assert found(key + "\n", "config/master.key") == [("framework-key", key)]
    assert found(key + "\n", "config/commit.txt") == []


def test_wordpress_keys_hold_spaces_and_all_marks() -> None:
    source = random.Random(4)
    marks = string.ascii_letters + string.digits + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|"
    salt = "".join(source.choice(marks) for _ in range(60)) + " (x"
    line = f"define( 'NONCE_SALT', '{salt}' );"
    assert found(line, "wp-config.php") == [("framework-key", salt)]
    assert found("define('NONCE_SALT', 'put your unique phrase here');", "wp-config.php") == []


@pytest.mark.parametrize("before", ["", "django-insecure-"])
def test_every_key_that_django_makes_is_found(before: str) -> None:
    source = random.Random(5)
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"
    missed = []
    for _ in range(500):
        key = before + "".join(source.choice(alphabet) for _ in range(50))
        if found(f"SECRET_KEY = '{key}'", "settings.py") != [("framework-key", key)]:
            missed.append(key)
    assert len(missed) <= 2


def test_a_key_drawn_from_all_that_can_be_typed_is_found_and_an_expression_is_not() -> None:
    source = random.Random(6)
    marks = string.ascii_letters + string.digits + "!@#$%^&*()-_[]{}~+=.:/?"
    keys = ("".join(source.choice(marks) for _ in range(50)) for _ in range(100))
    lines = [f"SECRET_KEY = '{key}'" for key in keys]
    assert sum(bool(found(line, "settings.py")) for line in lines) >= 85
    expression = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
    assert found(f"SECRET_KEY = '{expression}'", "settings.py") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "connect(password=arguments['--password-file1'])"),
        ("a.py", "password = argv[2]"),
        ("a.js", "const searchApiKey = 'SECRET';"),
        ("a.js", "const publicApiKey = 'SECRET';"),
        ("a.conf", "password = sunflowersunflower"),
        ("a.conf", "token = SECRET...SECRET"),
        ("sudoers.conf", "odoo ALL=(ALL) NOPASSWD: ALL"),
        ("a.conf", "password_file = /run/secrets/db_password"),
        ("docker-compose.yml", "  - MAIL_PASSWORD=${MAIL_PASSWORD:-changeme}"),
        ("docker-compose.yml", "  - MAIL_PASSWORD_FILE=/run/secrets/mail"),
        ("messages.properties", "login.password=Kennwort"),
        ("web/Labels_nl.properties", "login.password=Sleutelwoord"),
        ("A.java", 'field.setPasswordLabel("Geheim1woord");'),
        ("A.java", 'user.setPassword("password");'),
        (".npmrc", "//npm.firm.be/:_authToken=${NPM_TOKEN}"),
        ("a.js", "connection.login('me', 'x')"),
        ("a.ps1", '$p = ConvertTo-SecureString "$env:PASSWORD" -AsPlainText -Force'),
        ("a.py", "pyotp.TOTP('AAAAAAAAAAAAAAAA')"),
        ("a.py", "requests.get(url, auth=('me', 'x'))"),
        (".netrc", "machine a.be login me password $SMTP_PASSWORD"),
        ("tests/.netrc", "machine a.be login me password sunflower"),
        (".esmtprc", "hostname a.be:587"),
        ("logins.json", '"hostname": "https://a.be",'),
        ("lessons.json", '"encryptedPassword":"sunflower",'),
        (".git-credentials", "https://a.be/me@b"),
        ("a.xml", '<Pass type="text">password</Pass>'),
        ("a.php", "define('DB_HOST', 'SECRET');"),
    ],
)
def test_what_looks_like_it_stays_quiet(made: Made, path: str, line: str) -> None:
    assert found(line.replace("SECRET", made(24)), path) == []
