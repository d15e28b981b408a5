"""`.env` as Docker Compose reads it, and a change that touches nothing else."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.environment.host import dotenv

#: Texts and what Compose's own reader makes of them; the file's first line says of which version.
_HEAD, *COMPOSE = json.loads(
    (Path(__file__).parent / "dotenv_as_compose.json").read_text(encoding="utf-8")
)
GOOD = [text for text, values in COMPOSE if values is not None]


@pytest.mark.parametrize("number", range(len(COMPOSE)))
def test_it_is_read_as_compose_reads_it(number: int) -> None:
    text, wanted = COMPOSE[number]
    try:
        found = {key: value for key, value in dotenv.values(text).items() if not key[0].isdigit()}
    except ValueError as error:
        assert wanted is None, error
        assert str(error).startswith("line ")
    else:
        assert found == wanted


def test_the_comparison_has_both_kinds() -> None:
    assert (len(COMPOSE), len(COMPOSE) - len(GOOD)) > (200, 30)


def test_variables_of_composes_environment_win() -> None:
    text = "HOME=/x\nA=${HOME}/a\nB=$OTHER\n"
    found = dotenv.values(text, {"HOME": "/home/u"})
    assert found == {"HOME": "/x", "A": "/home/u/a", "B": ""}


@pytest.mark.parametrize("text", [text for text in GOOD if "${A:?" not in text])
def test_a_change_changes_one_value_alone(text: str) -> None:
    before = dotenv.values(text)
    after = dotenv.values(
        dotenv.changed(text, {"NEW": "n\"e'w $x \\ #\n", "COMPOSE_FILE": "c.yml"})
    )
    assert after == {**before, "NEW": "n\"e'w $x \\ #\n", "COMPOSE_FILE": "c.yml"}


def test_a_change_keeps_every_other_character() -> None:
    text = (
        "\ufeff# head\r\n\r\nexport A = 'one'  # why\r\nODOO_IMAGE=old@sha256:0  # the image\r\n"
        'B="two\r\nlines"\r\nC: yaml\r\nA=again'
    )
    made = dotenv.changed(text, {"ODOO_IMAGE": "new@sha256:1", "A": "x y", "D": "z"})
    assert made == (
        '\ufeff# head\r\n\r\nexport A = "x y"  # why\r\nODOO_IMAGE=new@sha256:1  # the image\r\n'
        'B="two\r\nlines"\r\nC: yaml\r\nA="x y"\r\nD=z\r\n'
    )


def test_whatever_is_written_is_read_again() -> None:
    chance = random.Random(60)
    signs = "ab1 \t\n\r'\"\\$#{}=:`!é\x0b\u2003"
    for _ in range(2000):
        value = "".join(chance.choice(signs) for _ in range(chance.randint(0, 12)))
        text = dotenv.changed("A=1\nB=2 # c\n", {"A": value, "C": value})
        assert dotenv.values(text) == {"A": value, "B": "2", "C": value}


def test_a_file_that_compose_would_not_read_is_one_error(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\nB='2\nC=3\n")
    for use in (lambda: dotenv.read(file), lambda: dotenv.update(file, {"A": "2"})):
        with pytest.raises(InputError, match=r"\.env, line 2: the quote of the value has no end"):
            use()
    file.write_bytes(b"A=\xff\n")
    with pytest.raises(InputError, match="cannot be read"):
        dotenv.read(file)
    assert file.read_bytes() == b"A=\xff\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660, 0o644])
def test_a_change_keeps_mode_and_link(tmp_path: Path, mode: int) -> None:
    real, link = tmp_path / "real", tmp_path / ".env"
    real.write_text("A=1\n")
    real.chmod(mode)
    link.symlink_to(real)
    (tmp_path / "real.partial").write_text("left by somebody")
    dotenv.update(link, {"A": "2"})
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("A=2\n", mode)
    assert [file.name for file in tmp_path.iterdir() if "partial" in file.name] == []


def test_a_change_keeps_the_owner(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    owner = (12345, 23456) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(file, *owner)
    dotenv.update(file, {"A": "2"})
    assert (file.stat().st_uid, file.stat().st_gid) == owner
