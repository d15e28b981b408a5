"""Each phrase that confirms stands once; whoever asks for it elsewhere has it to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from pipeline.cli.main import cli
from pipeline.cli.options import phrases
from pipeline.cli.options.phrases import (
    ABANDON_PROD,
    DEPLOY_ODOO_SH,
    DEPLOY_PROD,
    OVERWRITE,
    REFRESH_UAT,
    Phrase,
)
from pipeline.core.errors import InputError

ROOT = Path(__file__).parents[4]
PHRASES = [value for value in vars(phrases).values() if isinstance(value, Phrase)]
COMMANDS = {
    "odoo-sh deploy": DEPLOY_ODOO_SH,
    "privacy anonymize": OVERWRITE,
    "privacy fetch": REFRESH_UAT,
    "privacy neutralize": OVERWRITE,
    "privacy slice": OVERWRITE,
    "privacy storage": REFRESH_UAT,
    "privacy timer": REFRESH_UAT,
    "remote deploy-prod": DEPLOY_PROD,
    "remote refresh-plan": REFRESH_UAT,
}
WORKFLOWS = {
    "deploy-odoo-sh.yml": DEPLOY_ODOO_SH,
    "deploy-prod.yml": DEPLOY_PROD,
    "refresh-uat-from-prod.yml": REFRESH_UAT,
}
#: Where the module of Dagger, which cannot import the phrases, has one.
MODULE = {
    "arguments.py": REFRESH_UAT,
    "objects/odoo_sh.py": DEPLOY_ODOO_SH,
    "objects/prod.py": DEPLOY_PROD,
    "reach/prod_copy.py": OVERWRITE,
}


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_only_the_phrase_itself_confirms(phrase: Phrase) -> None:
    right = phrase.text
    phrase.check(right)
    near = {right.lower(), right.upper(), right.title()} - {right}
    for wrong in (
        "",
        "yes",
        *near,
        f"{right} ",
        f" {right}",
        f"{right}.",
        f"{right}\n",
        f'"{right}"',
    ):
        with pytest.raises(InputError, match="nothing was contacted") as caught:
            phrase.check(wrong)
        assert caught.value.fix == f'give --confirm "{right}", exactly'


def commands(group: click.Group, *words: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group by the words that call it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)
        else:
            yield " ".join((*words, name)), command


def test_the_commands_that_ask_for_one_name_it() -> None:
    found = {
        name: str(option.help)
        for name, command in commands(cli)
        for option in command.params
        if isinstance(option, click.Option) and option.name == "confirm"
    }
    # Its phrase names a run.
    assert found.pop("environment abandon") == "What the dry run says is to be typed."
    assert found == {
        name: f'The phrase "{phrase.text}", exactly.' for name, phrase in COMMANDS.items()
    }
    assert set(COMMANDS.values()) == set(PHRASES)


def test_the_workflows_ask_for_the_same() -> None:
    asked = {}
    for path in (ROOT / ".github/workflows").iterdir():
        started = yaml.safe_load(path.read_text(encoding="utf-8"))[True].get("workflow_dispatch")
        given = (started or {}).get("inputs", {})
        if "confirm" in given:
            asked[path.name] = given["confirm"]["description"]
    assert asked == {name: f"Type: {phrase.text}" for name, phrase in WORKFLOWS.items()}


def test_the_functions_of_dagger_have_the_same() -> None:
    folder = ROOT / "ci/src/odoo_mta"
    pattern = re.compile(r'(?:"The phrase: |\b_CONFIRM = ")([^"]+)"')
    found = {
        str(path.relative_to(folder)): pattern.findall(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.py")
    }
    assert {name: texts for name, texts in found.items() if texts} == {
        name: [phrase.text] for name, phrase in MODULE.items()
    }


def test_the_pages_have_the_same() -> None:
    """After `--confirm`, after "phrase", and in the README's table of workflows."""
    pattern = re.compile(r'--confirm[= ]"([^"]+)"|phrase `([^`]+)`|`confirm` \(`([^`]+)`\)')
    found = set()
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        if path.name != "errors.md":  # it is made of the errors themselves
            for texts in pattern.findall(path.read_text(encoding="utf-8")):
                found |= {text for text in texts if text}
    named = re.compile(ABANDON_PROD.format(run=r"[0-9]{6}-[a-z-]+-[0-9a-f]{8}"))
    assert len([text for text in found if named.fullmatch(text)]) == 1
    assert {text for text in found if not named.fullmatch(text)} == {p.text for p in PHRASES}
