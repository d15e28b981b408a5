"""When a value is a secret, and when it only stands for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.check.secrets.rules.judgement import (
    Threshold,
    entropy,
    is_placeholder,
    is_random,
    is_secret,
    threshold_for,
)
from pipeline.check.secrets.rules.names import Holds, held_by, split
from pipeline.check.secrets.rules.paths import FileKind, kind_of_file

Made = Callable[[int], str]

PLACEHOLDERS = [
    "changeme", "change_me", "xxx" * 4, "<your token>", "${VAR}", "$VAR", "{{ value }}", "%(pw)s",
    "example", "dummy-key", "your-api-key", "os.environ['X']", "__DB__", "@DB@", "%s", "***", "...",
    "password", "new_password", "1234567890", "abcdefgh", "/run/secrets/db", "get_secret(name)",
    "False", "odoo", "my_prod_password", "my secret", "abc", "aaaaaaaa", "!vault", "https://a.be/x",
]  # fmt: skip


@pytest.mark.parametrize("value", PLACEHOLDERS)
@pytest.mark.parametrize("threshold", Threshold)
def test_a_placeholder_is_not_a_secret_at_any_threshold(value: str, threshold: Threshold) -> None:
    assert not is_secret(value, threshold)


def test_random_characters_are_a_secret_at_every_bar(made: Made) -> None:
    assert all(is_secret(made(20), threshold) for threshold in Threshold)


def test_a_weak_word_is_a_secret_only_at_the_low_bar() -> None:
    assert is_secret("sunflower", Threshold.LOW)
    assert not is_secret("sunflower", Threshold.MIDDLE)


def test_a_password_of_a_person_is_a_secret_at_the_middle_bar() -> None:
    value = "Harbour" + "2041!"
    assert is_secret(value, Threshold.MIDDLE)
    assert not is_secret(value, Threshold.HIGH)


def test_names_of_things_are_no_passwords() -> None:
    assert not is_secret("access_rights2", Threshold.MIDDLE)
    assert not is_secret("1234-5678", Threshold.MIDDLE)


def test_a_password_hash_is_a_secret_although_it_begins_with_a_dollar_sign(made: Made) -> None:
    assert is_secret("$6$" + made(8) + "$" + made(40), Threshold.HIGH)


def test_words_joined_together_are_not_random() -> None:
    assert not is_random("getAccessTokenForUserName1")
    assert not is_random("auth_signup_reset_password_2024")
    assert not is_random("NOTHINGINTHISISRANDOM")
    assert not is_random("short1")


def test_a_path_that_ends_in_random_characters_is_no_placeholder(made: Made) -> None:
    assert not is_placeholder("/" + made(40))


def test_brackets_in_random_characters_are_no_call(made: Made) -> None:
    assert is_secret("django-insecure-" + made(40) + "#(x)", Threshold.HIGH)
    assert is_placeholder("self.env.company.sudo().api_key")
    assert is_placeholder("secrets.token_urlsafe(32)")


def test_entropy_counts_bits_a_character() -> None:
    assert entropy("abab") == 1.0


def test_invented_values_need_the_high_bar() -> None:
    for path in ("a/tests/common.py", "demo/x.xml", ".env.example", "README.md", "conftest.py"):
        assert threshold_for(kind_of_file(path), Threshold.LOW) is Threshold.HIGH
    assert threshold_for(kind_of_file("a/models/x.py"), Threshold.LOW) is Threshold.LOW


def test_places_are_told_by_their_path() -> None:
    assert kind_of_file("a/i18n/nl.po") == FileKind(translation=True)
    assert kind_of_file("etc/odoo.conf") == FileKind(settings=True, odoo=True)
    assert kind_of_file("docker-compose.prod.yml") == FileKind(settings=True, yaml=True)
    assert kind_of_file("yarn.lock") == FileKind(lock=True)
    assert kind_of_file("x.py") == FileKind(code=True)
    assert kind_of_file("notes.txt") == FileKind(prose=True)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("db_password", Holds.PASSWORD),
        ("smtp_pass", Holds.PASSWORD),
        ("ODOO_PASSWORD_PROD", Holds.PASSWORD),
        ("password2", Holds.PASSWORD),
        ("clientSecret", Holds.KEY),
        ("X-Api-Key", Holds.KEY),
        ("SECRET_KEY", Holds.KEY),
        ("database.enterprise_code", Holds.KEY),
        ("token_url", None),
        ("password_field", None),
        ("csrf_token", None),
        ("show_password", None),
        ("primary_key", None),
        ("key", Holds.MAYBE),
        ("lob_key", Holds.MAYBE),
        ("mysqlrootpwd", Holds.PASSWORD),
        ("appsecret", Holds.KEY),
        ("encrypted_key", None),
        ("from_secret", None),
        ("password_confirmation", Holds.PASSWORD),
        ("-", None),
    ],
)
def test_names_tell_what_they_hold(name: str, holds: Holds | None) -> None:
    assert held_by(name) is holds


def test_names_are_split_at_signs_and_capitals() -> None:
    assert split("aws-SecretKey_2.x") == ["aws", "secret", "key", "2", "x"]
