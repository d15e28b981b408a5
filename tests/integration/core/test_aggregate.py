"""git-aggregator, as it is, on repositories of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bed_repository import Repository
from pipeline.core.addons.aggregate import aggregate, branches
from pipeline.core.addons.repos import read_repos
from pipeline.core.errors import InputError


@pytest.fixture
def theirs(tmp_path: Path) -> Repository:
    """A repository of others, with a branch that fits 19.0 and one that conflicts with it."""
    made = Repository.create(tmp_path / "theirs", "19.0")
    made.addon("partner")
    made.commit()
    for branch, name in {"fix": "partner/fix.py", "clash": "partner/models.py"}.items():
        made.git("checkout", "--quiet", "-b", branch, "19.0")
        made.write(name, f"# {branch}\n")
        made.commit()
    made.git("checkout", "--quiet", "19.0")
    made.write("partner/models.py", "# ours\n")
    made.commit()
    return made


def source(tmp_path: Path, address: object, *merges: str) -> Path:
    """A source whose repos.yaml merges these branches."""
    root = tmp_path / "source"
    root.mkdir()
    lines = ["./vendor/theirs:", "  remotes:", f"    them: {address}", "  merges:"]
    text = "\n".join([*lines, *(f"    - them {merge}" for merge in merges)])
    (root / "repos.yaml").write_text(text + "\n")
    return root


def test_branches_are_merged_into_a_folder_without_history(tmp_path, theirs) -> None:
    root, output = source(tmp_path, theirs.path, "19.0", "fix"), tmp_path / "fetched"
    assert aggregate(root, ["repos.yaml"], output) == ("vendor/theirs",)
    folder = output / "vendor/theirs"
    assert (folder / "partner/fix.py").read_text() == "# fix\n"
    assert (folder / "partner/models.py").read_text() == "# ours\n"
    assert not (folder / ".git").exists() and not (root / "vendor").exists()


def test_a_conflict_names_file_folder_and_branch(tmp_path, theirs) -> None:
    root = source(tmp_path, theirs.path, "19.0", "fix", "clash")
    with pytest.raises(InputError) as raised:
        aggregate(root, ["repos.yaml"], tmp_path / "fetched")
    said = raised.value.message
    assert said.startswith("repos.yaml: vendor/theirs has a merge conflict in partner/models.py")
    assert "clash" in said and "`merges`" in raised.value.fix


def test_commits_of_branches_change_with_them(tmp_path, theirs) -> None:
    commit = theirs.git("rev-parse", "fix")
    repos = read_repos(source(tmp_path, theirs.path, "19.0", commit), "repos.yaml")
    before = branches(repos)
    assert f"{theirs.git('rev-parse', '19.0')} {theirs.path} 19.0\n" in before
    assert f"{commit} {theirs.path} {commit}\n" in before
    theirs.write("new.txt", "new\n")
    theirs.commit()
    assert branches(repos) != before


@pytest.mark.parametrize(
    ("address", "ref", "said"),
    [
        ("/nowhere/at/all", "19.0", "/nowhere/at/all cannot be reached"),
        ("https://me:secret@localhost:1/x", "19.0", "https://localhost:1/x cannot be reached"),
        ("theirs", "no-such-branch", "has no branch, tag or pull request no-such-branch"),
    ],
)
def test_what_cannot_be_fetched_is_named(tmp_path, theirs, address, ref, said) -> None:
    place = theirs.path if address == "theirs" else address
    with pytest.raises(InputError) as raised:
        branches(read_repos(source(tmp_path, place, ref), "repos.yaml"))
    assert said in raised.value.message and "secret" not in str(raised.value)
    assert raised.value.message.startswith("repos.yaml: ") and raised.value.fix
