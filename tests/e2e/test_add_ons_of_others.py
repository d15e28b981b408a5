"""Add-ons of others: on Odoo's path and in the image, and nothing of them is judged."""

from __future__ import annotations

import re
import socket
import subprocess
from secrets import token_hex

import pytest

from bed_registry import ADDRESS
from bed_repository import Repository

#: This machine, as the engine's containers reach it.
HOST = ADDRESS.partition(":")[0]
#: A test that fails, in a file that no formatter would leave as it is.
FAILING = """
from odoo.tests import TransactionCase
class TestTheirs( TransactionCase ) :
    def test_theirs(self) :
        self.fail( "of others" )
"""


@pytest.fixture
def dependent(repository):
    """A repository whose add-ons need one of a folder of repositories, and one of the index."""
    repository.addon("addons/visit", depends="theirs")
    repository.addon("vendor/oca/theirs", tests=FAILING)
    repository.addon("lost/found")
    settings = '[project]\naddons = ["addons"]\ndependencies = ["others"]\n'
    repository.write("pipeline.toml", settings)
    (repository.path / "others").symlink_to("vendor/oca")
    # One from the index, as pip installs it.
    repository.addon("addons/greeting", depends="partner_firstname")
    repository.write("requirements.txt", "odoo-addon-partner-firstname==19.0.*\n")
    repository.write(".isort.cfg", "[settings]\nprofile = black\n")
    repository.commit()
    return repository


def test_add_ons_of_others_are_used_and_not_judged(call, dependent) -> None:
    """`build` installs the repository's add-ons in the image, so it has those of others."""
    path = dependent.path
    call("init-project", "--source", path, "--name=odoo-care", "export", "--path", path)
    dependent.commit()
    answer = call("ci", "--source", path)
    assert {step for step in answer.rows if step.startswith("test-")} == {
        *("test-visit", "test-greeting"),
    }
    assert set(answer.rows.values()) == {"PASSED"}, answer.out
    assert "1 add-on in lost listed nowhere" in " ".join(answer.out.replace("│", " ").split())


def test_what_pip_cannot_install_is_one_error(call, dependent) -> None:
    with (dependent.path / "requirements.txt").open("a") as file:
        file.write("odoo-addon-of-nobody-at-all==19.0.*\n")
    dependent.commit()
    rows = (answer := call("ci", "--source", dependent.path, ok=False)).rows
    assert "No matching distribution found for odoo-addon-of-nobody-at-all" in answer.out
    assert "correct requirements.txt" in " ".join(answer.out.replace("│", " ").split())
    assert {step for step, how in rows.items() if how == "ERROR"} == {"requirements"}, answer.out
    assert {"lint", "manifests", "modules", "secrets"} <= {
        step for step, how in rows.items() if how == "PASSED"
    }


def test_a_dependency_that_is_not_there_is_one_error(call, dependent) -> None:
    (dependent.path / "others").unlink()
    dependent.commit()
    rows = (answer := call("ci", "--source", dependent.path, ok=False)).rows
    said = " ".join(answer.out.replace("│", " ").split())
    assert "others, a dependency that pipeline.toml names, does not exist" in said
    assert "git submodule update --init" in said
    assert {step for step, how in rows.items() if how == "ERROR"} == {"plan"}, answer.out


@pytest.fixture
def served(tmp_path):
    """A repository of others, of which the engine's containers can fetch two branches that both
    change one file; with its address.
    """
    made = Repository.create(tmp_path / "git/theirs", "19.0")
    made.addon("theirs", tests=FAILING)
    made.commit()
    made.git("checkout", "--quiet", "-b", "clash")
    made.write("theirs/models.py", "# theirs\n")
    made.commit()
    made.git("checkout", "--quiet", "19.0")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    options = ["--export-all", "--reuseaddr", f"--base-path={tmp_path}/git"]
    command = ["git", "daemon", f"--listen={HOST}", f"--port={port}", *options]
    with subprocess.Popen(command) as daemon:
        yield made, f"git://{HOST}:{port}/theirs"
        daemon.terminate()


@pytest.mark.faults
def test_repositories_of_git_aggregator_are_fetched_and_a_conflict_is_one_error(
    call, repository, served
) -> None:
    theirs, address = served
    repository.addon("visit", depends="theirs")
    repository.write("pipeline.toml", '[project]\ndependencies = ["repos.yaml"]\n')
    remotes = f"vendor/them:\n  remotes:\n    them: {address}\n  merges:\n    - them 19.0\n"
    (repository.path / "repos.yaml").write_text(remotes)
    repository.write(".isort.cfg", "[settings]\nprofile = black\n")
    repository.commit()
    rows = (answer := call("ci", "--source", repository.path)).rows
    assert {step for step in rows if step.startswith("test-")} == {"test-visit"}
    assert set(rows.values()) <= {"PASSED", "SKIPPED"}, answer.out
    tested = re.compile(r"test-visit\s*│\s*PASSED\s*│\s*cached")
    repository.write("note.md", f"An unchanged source is answered at once: {token_hex(8)}\n")
    assert tested.search(call("ci", "--source", repository.path).out)

    repository.write("note.md", f"The branches are asked for: {token_hex(8)}\n")
    theirs.write("theirs/models.py", theirs.path.joinpath("theirs/models.py").read_text() + "\n#\n")
    theirs.commit()
    assert not tested.search(call("ci", "--source", repository.path).out)

    (repository.path / "repos.yaml").write_text(remotes + "    - them clash\n")
    repository.commit()
    rows = (answer := call("ci", "--source", repository.path, ok=False)).rows
    said = " ".join(answer.out.replace("│", " ").split())
    assert "repos.yaml: vendor/them has a merge conflict in theirs/models.py" in said
    assert {step for step, how in rows.items() if how == "ERROR"} == {"dependencies"}, answer.out
