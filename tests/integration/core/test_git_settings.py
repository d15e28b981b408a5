"""No setting of git, of a person, a machine or a clone, changes an answer: each one, for real."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.check.secrets import history, tree
from pipeline.core import git
from pipeline.core.addons.commits import add_ons, commits
from pipeline.core.settings import load

#: Settings as people have them. `{ran}` is a program that leaves a trace when it is run.
SETTINGS = {
    "log.showSignature": "true",
    "log.decorate": "full",
    "log.showRoot": "false",
    "log.follow": "true",
    "log.date": "relative",
    "log.abbrevCommit": "true",
    "log.diffMerges": "off",
    "log.excludeDecoration": "*",
    "format.pretty": "oneline",
    "color.ui": "always",
    "color.diff": "always",
    "color.branch": "always",
    "column.ui": "always",
    "column.tag": "always",
    "core.quotePath": "true",
    "core.pager": "{ran}",
    "pager.log": "true",
    "core.fsmonitor": "{ran}",
    "core.hooksPath": "{hooks}",
    "core.excludesFile": "{everything}",
    "core.attributesFile": "{attributes}",
    "core.abbrev": "4",
    "core.useReplaceRefs": "true",
    "diff.external": "{ran}",
    "diff.odd.textconv": "{ran}",
    "diff.odd.command": "{ran}",
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.relative": "true",
    "diff.renames": "copies",
    "diff.orderFile": "{everything}",
    "diff.ignoreSubmodules": "all",
    "diff.submodule": "log",
    "status.showUntrackedFiles": "no",
    "status.short": "true",
    "tag.sort": "-creatordate",
    "tag.gpgSign": "true",
    "versionsort.suffix": "-rc",
    "i18n.logOutputEncoding": "ISO-8859-1",
    "submodule.recurse": "true",
    "alias.log": "!{ran}",
    "grep.patternType": "fixed",
    "help.autocorrect": "immediate",
}


@pytest.fixture
def clone(tmp_path: Path, git_in: Callable[..., str]) -> Path:
    """A repository with all that the settings could change: tags, umlauts, renames, new files."""
    root = tmp_path / "clone"
    (root / "shop").mkdir(parents=True)
    git_in(root, "init", "-q", "-b", "main")
    (root / "pipeline.toml").write_text("[project]\nname = 'x'\n")
    (root / ".gitignore").write_text("*.log\n")
    (root / "shop/__manifest__.py").write_text("{'name': 'S', 'version': '19.0.1.0.0'}\n")
    (root / "shop/__init__.py").touch()
    (root / "shop/größe.txt").write_text("a b c\n" * 9)
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "erste Änderung")
    git_in(root, "tag", "v1.0.0")
    (root / "shop/größe.txt").rename(root / "shop/other.txt")
    (root / "shop/__manifest__.py").write_text("{'name': 'S', 'version': '19.0.1.1.0'}\n")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "second")
    git_in(root, "tag", "-m", "annotated", "v1.1.0-rc.1")
    git_in(root, "branch", "side", "v1.0.0")
    git_in(root, "checkout", "-q", "side")
    (root / "side.txt").write_text("x\n")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "third")
    git_in(root, "checkout", "-q", "main")
    git_in(root, "merge", "-q", "--no-edit", "side")
    (root / "new file.txt").write_text("new\n")
    (root / "noise.log").write_text("noise\n")
    (root / "shop/other.txt").write_text("changed\n")
    return root


def answers(root: Path) -> dict[str, object]:
    """All that the pipeline asks git."""
    settings = load(root)
    return {
        "visible": git.visible_files(root),
        "tracked": git.tracked_files(root),
        "uncommitted": git.uncommitted_files(root),
        "new": git.new_files(root),
        "differences": git.differences(root, "HEAD"),
        "since": git.differences(root, git.merge_base(root, "v1.0.0")),
        "show": git.show(root, "v1.0.0", "shop/größe.txt"),
        "time": git.commit_time(root),
        "tags": git.tags(root, "v*"),
        "merged": git.tags(root, "v*", merged="HEAD"),
        "head": git.tags_at_head(root),
        "resolved": git.resolve(root, "v1.1.0-rc.1"),
        "commits": commits(root, "v1.0.0", "HEAD"),
        "add-ons": add_ons(root, settings, "v1.0.0", "HEAD"),
        "blobs": history.blobs(root),
        "messages": list(history.messages(root)),
        "tree": tree._git_paths(root),
    }


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Write a setting into a file of git's; gives where a program that it names leaves a trace."""
    home, trace = tmp_path / "home", tmp_path / "trace"
    (home / "hooks").mkdir(parents=True)
    files = {
        "ran": f"#!/bin/sh\necho ran >> '{trace}'\nexit 1\n",
        "hooks/post-checkout": f"#!/bin/sh\necho ran >> '{trace}'\n",
        "everything": "*\n",
        "attributes": "* diff=odd\n",
    }
    for name, text in files.items():
        (home / name).write_text(text)
        (home / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))

    def write(setting: str, file: str) -> Path:
        value = SETTINGS[setting].format(**{name: home / name for name in (*files, "hooks")})
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "config", "--file", file, setting, value], check=True)
        return trace

    return write


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_changes_no_answer(
    setting: str, clone: Path, trap: Callable[[str, str], Path]
) -> None:
    plain = answers(clone)
    trace = trap(setting, str(Path(os.environ["HOME"]) / ".gitconfig"))
    assert answers(clone) == plain
    if setting != "submodule.recurse":
        trap(setting, str(clone / ".git/config"))
        assert answers(clone) == plain
    assert not trace.exists()


def test_files_of_git_in_a_home_and_in_a_clone_change_no_answer(clone: Path, trap: object) -> None:
    plain = answers(clone)
    home = Path(os.environ["HOME"])
    for folder, ignore in ((home / ".config/git", "ignore"), (clone / ".git/info", "exclude")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ignore).write_text("*\n")
        (folder / "attributes").write_text("* diff=odd binary\n")
    assert answers(clone) == plain


def test_no_object_stands_in_for_another(clone: Path, git_in: Callable[..., str]) -> None:
    plain = answers(clone)
    git_in(clone, "replace", "HEAD", "v1.0.0")
    (clone / ".git/info").mkdir(exist_ok=True)
    head = git_in(clone, "rev-parse", "HEAD")
    (clone / ".git/info/grafts").write_text(f"{head}\n")
    found = answers(clone)
    found["messages"] = plain["messages"]  # of every reference, and there is one more
    assert found == plain


def test_a_clone_of_another_user_is_read(clone: Path) -> None:
    if os.geteuid() == 0:
        for place in (clone, *clone.rglob("*")):
            os.lchown(place, 12345, 12345)
    assert git.is_checkout(clone)
    assert answers(clone)["head"] == ()
