"""What git ignores and what it tracks, in small repositories."""

from __future__ import annotations

import pytest

from pipeline.check.gitignore import KINDS, check_gitignore
from pipeline.core.errors import InputError, SettingsError

EVERYTHING = [pattern for kind in KINDS for pattern in kind.patterns]


@pytest.fixture
def repository(tmp_path, git_in):
    """A repository that ignores all that it should."""
    root = tmp_path / "repository"
    root.mkdir()
    git_in(root, "init", "-q")
    (root / ".gitignore").write_text("\n".join(EVERYTHING) + "\n")
    return root


def track(git_in, root, name):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    git_in(root, "add", "--force", "--", name)


def codes(findings):
    return [finding.code for finding in findings]


def test_the_lines_that_the_findings_ask_for_are_enough(repository):
    assert check_gitignore(repository, ()) == ()


def test_without_any_rule_each_kind_is_a_finding(repository):
    (repository / ".gitignore").unlink()
    findings = check_gitignore(repository, ())
    assert codes(findings) == sorted(f"ignore-{kind.code}" for kind in KINDS)
    assert {finding.path for finding in findings} == {".gitignore"}


@pytest.mark.parametrize("pattern", [line for line in EVERYTHING if line[0] != "!"])
def test_each_line_is_missed_when_it_is_not_there(repository, pattern):
    kept = [line for line in EVERYTHING if line != pattern]
    if pattern == "*.pyc":  # compiled files also lie next to their sources
        kept = [line for line in kept if line != "__pycache__/"]
    if pattern == "*.dump":
        kept = [line for line in kept if line != "*.dump.gz"]
    (repository / ".gitignore").write_text("\n".join(kept) + "\n")
    (finding,) = check_gitignore(repository, ())
    assert pattern in finding.fix.split()


def test_a_rule_for_the_root_only_is_not_enough(repository):
    lines = ["/.env" if line == ".env" else line for line in EVERYTHING]
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    (finding,) = check_gitignore(repository, ())
    assert finding.code == "ignore-environment"
    assert "any-folder/sub/.env" in finding.message


def test_a_rule_that_undoes_another_is_named_with_its_line(repository):
    (repository / ".gitignore").write_text("\n".join([*EVERYTHING, "!*.pem"]) + "\n")
    (finding,) = check_gitignore(repository, ())
    assert (finding.path, finding.line) == (".gitignore", len(EVERYTHING) + 1)
    assert finding.code == "ignore-private-key"
    assert "`!*.pem` undoes an earlier rule" in finding.message
    assert "*.pem" in finding.fix.split()


def test_rules_of_one_person_do_not_count(repository, tmp_path, git_in, monkeypatch):
    (repository / ".gitignore").write_text("")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "exclude").write_text("\n".join(EVERYTHING))
    (tmp_path / "ignore").write_text("\n".join(EVERYTHING))
    git_in(repository, "config", "core.excludesFile", str(tmp_path / "ignore"))
    assert len(check_gitignore(repository, ())) == len(KINDS)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (".env", "environment"),
        ("deploy/.env.prod", "environment"),
        ("dumps/mta prod.dump", "database-dump"),
        ("mta.sql.gz", "database-dump"),
        ("db.backup", "database-dump"),
        ("data/filestore/mta/00/00ab", "filestore"),
        ("addon/tests/data/server.pem", "private-key"),
        ("my 'own' \"key\".key", "private-key"),
        ("straße\n.pfx", "private-key"),
        ("home/id_ed25519", "private-key"),
        (".pgpass", "credentials"),
        ("ops/.git-credentials", "credentials"),
        ("a/__pycache__/m.txt", "bytecode"),
        ("m.pyc", "bytecode"),
        (".coverage.host.12", "coverage"),
        ("htmlcov/index.html", "coverage"),
        (".idea/x.iml", "editor"),
        ("docs/.DS_Store", "editor"),
        ("venv/bin/python", "virtualenv"),
    ],
)
def test_a_tracked_file_is_named_with_the_command_that_untracks_it(repository, git_in, name, code):
    track(git_in, repository, name)
    (finding,) = check_gitignore(repository, ())
    assert (finding.path, finding.code) == (name, f"tracked-{code}")
    assert "git rm --cached -- " in finding.fix


def test_the_command_quotes_names(repository, git_in):
    track(git_in, repository, "my 'own'.key")
    (finding,) = check_gitignore(repository, ())
    assert """git rm --cached -- 'my '"'"'own'"'"'.key'""" in finding.fix


@pytest.mark.parametrize(
    "name",
    [".env.example", "sub/.env.sample", "environment.py", "keys.py", "coverage.py", "pem/x.txt"],
)
def test_files_that_may_be_tracked(repository, git_in, name):
    track(git_in, repository, name)
    assert check_gitignore(repository, ()) == ()


def test_allowed_files_may_be_tracked(repository, git_in):
    track(git_in, repository, "addon/tests/data/idp.pem")
    track(git_in, repository, "addon/data/idp.pem")
    findings = check_gitignore(repository, ["**/tests/data/*.pem"])
    assert [finding.path for finding in findings] == ["addon/data/idp.pem"]


def test_an_allowed_pattern_that_is_none(repository):
    with pytest.raises(SettingsError, match=r"\[gitignore\] allowed"):
        check_gitignore(repository, ["!"])


def test_a_folder_in_a_checkout_may_be_the_source(repository, git_in):
    track(git_in, repository, "outside.pem")
    track(git_in, repository, "sub/inside.pem")
    findings = check_gitignore(repository / "sub", ())
    assert [finding.path for finding in findings] == ["inside.pem"]


def test_a_source_that_is_no_checkout(tmp_path):
    with pytest.raises(InputError, match="is not a git checkout"):
        check_gitignore(tmp_path, ())
