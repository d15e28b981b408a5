"""What is started on a VM from elsewhere is a command there, with options that it has."""

from __future__ import annotations

import pytest

from pipeline.cli import tree
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.core.errors import InputError
from pipeline.remote.session import Session
from pipeline.remote.ssh import Answer


def test_a_command_gets_its_noun():
    words = ["backup", "list", "--format=json", "--environment", "uat"]
    assert on_vm(words) == ("environment", *words)
    assert on_vm(["attach", "--", "--an-id"])[-1] == "--an-id"


@pytest.mark.parametrize(
    "words, said",
    [
        (["deplyo"], "`pipeline environment deplyo` is not a command of a VM"),
        (["backup"], "`pipeline environment backup` is not a command of a VM"),
        (["environment", "deploy"], "is not a command of a VM"),
        (["deploy", "--imag=x"], "`pipeline environment deploy` has no option `--imag`"),
    ],
)
def test_an_unknown_command_is_refused(words, said):
    with pytest.raises(InputError, match="has no option|is not a command") as raised:
        on_vm(words)
    assert said in raised.value.message


def test_an_option_of_a_secret_is_looked_up_as_well():
    with pytest.raises(InputError) as raised:
        on_vm(["deploy"], {"--webhok-file": "https://…"})
    assert "did you mean `--webhook-file`?" in raised.value.fix


@pytest.fixture
def started(monkeypatch, tmp_path):
    """What a session was asked for."""
    commands = []

    def lasting(self, identity, command, secrets, folder):
        commands.append((command, dict(secrets)))
        return Answer(0, b"", "")

    def plain(self, command, folder, sent=b""):
        commands.append((command, {}))
        return Answer(0, b"", "")

    monkeypatch.setattr(Session, "lasting", lasting)
    monkeypatch.setattr(Session, "plain", plain)
    return commands


@pytest.mark.parametrize(
    "words",
    [words[1:] for words in tree.walk() if words[0] == "environment" and words[1] != "attach"],
    ids=" ".join,
)
def test_each_command_of_a_vm_can_be_started_from_elsewhere(
    words, started, run_pipeline, tmp_path
) -> None:
    for name in ("key", "known"):
        (tmp_path / name).write_text("x")
    (tmp_path / "key").chmod(0o600)
    code, said = run_pipeline(
        *("remote", "run", "--environment=uat", "--host=vm.test", "--user=ubuntu"),
        *(f"--ssh-key={tmp_path}/key", f"--known-hosts={tmp_path}/known", f"--source={tmp_path}"),
        *("--", *words),
    )
    assert code == 0, said
    [(command, _)] = started
    assert command[: len(words) + 1] == ("environment", *words)
