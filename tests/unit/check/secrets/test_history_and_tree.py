"""What is looked at: files, commits, messages; and what is said to be left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.check.clean import CleanCache, cache_key
from pipeline.check.secrets import history, scan, tree
from pipeline.check.secrets.scanner import rules_version
from pipeline.core.errors import InputError

Git = Callable[..., str]
Made = Callable[[int], str]
BASELINE = ".secrets.baseline"


@pytest.fixture
def repository(tmp_path: Path, git_in: Git) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git_in(folder, "init", "-q", "-b", "main")
    return folder


@pytest.fixture
def commit(repository: Path, git_in: Git) -> Callable[..., str]:
    """Write files (None deletes one), commit them and return the commit's id."""

    def make(message: str, files: dict[str, str | None]) -> str:
        for name, text in files.items():
            path = repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        git_in(repository, "add", "-A")
        git_in(repository, "commit", "-q", "--allow-empty", "-m", message)
        return git_in(repository, "rev-parse", "HEAD")

    return make


def line(made: Made) -> str:
    return f"password = '{made(24)}'\n"


def places(seen: scan.Seen) -> tuple[list[str], list[str]]:
    return [item.path for item in seen.tree], [item.path for item in seen.past]


def test_a_deleted_secret_is_found_with_its_first_commit(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    first = commit("one", {"my file.py": "a = 1\n" + line(made)})
    commit("two", {"my file.py": "a = 1\nb = 2\n" + line(made)})
    commit("three", {"my file.py": None})
    seen = scan.look(repository, BASELINE)
    assert seen.tree == () and len(seen.past) == 2
    assert seen.past[0].commit == first and seen.past[0].line == 2 and seen.past[0].date


def test_a_secret_that_is_still_in_the_tree_is_reported_once(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    secret = line(made)
    commit("one", {"a.py": secret})
    commit("two", {"a.py": "x = 1\n" + secret})
    assert places(scan.look(repository, BASELINE)) == (["a.py"], [])


def test_every_reference_counts(
    repository: Path, commit: Callable[..., str], git_in: Git, made: Made
) -> None:
    commit("one", {"a.py": "x = 1\n"})
    git_in(repository, "checkout", "-q", "-b", "side")
    commit("two", {"b.py": line(made)})
    git_in(repository, "tag", "kept")
    git_in(repository, "checkout", "-q", "main")
    git_in(repository, "branch", "-q", "-D", "side")
    assert places(scan.look(repository, BASELINE)) == ([], ["b.py"])


def test_what_only_a_merge_brought_is_found(
    repository: Path, commit: Callable[..., str], git_in: Git, made: Made
) -> None:
    commit("one", {"a.py": "x = 1\n"})
    git_in(repository, "checkout", "-q", "-b", "side")
    commit("two", {"a.py": "x = 2\n"})
    git_in(repository, "checkout", "-q", "main")
    commit("three", {"b.py": "x = 3\n"})
    git_in(repository, "merge", "-q", "--no-commit", "side")
    merge = commit("merge", {"a.py": line(made)})
    commit("four", {"a.py": "x = 4\n"})
    (item,) = scan.look(repository, BASELINE).past
    assert item.commit == merge


def test_messages_of_commits_and_tags_are_read(
    repository: Path, commit: Callable[..., str], git_in: Git, made: Made
) -> None:
    commit(f"Use glpat-{made(20)}", {"a.py": "x = 1\n"})
    git_in(repository, "tag", "-a", "v1", "-m", f"Password: {made(24)}")
    git_in(repository, "tag", "light")
    paths = places(scan.look(repository, BASELINE))[1]
    assert [path.rpartition(" ")[0] for path in paths] == ["commit message"] * 2


def test_names_of_every_sort_are_read(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    names = ["a b.py", "quote'\".py", "line\nend.py", "ünï.py", ":colon.py", "\x01one.py"]
    commit("one", {name: line(made) for name in names})
    os.rename(repository / "a b.py", os.fsencode(repository) + b"/\xff.py")
    seen = scan.look(repository, BASELINE)
    assert places(seen) == (sorted([*names[1:], "\udcff.py"]), ["a b.py"])
    commit("two", {})
    commit("three", {name: None for name in names[1:]})
    assert sorted(places(scan.look(repository, BASELINE))[1]) == sorted(names)


def test_ignored_files_are_left_alone_and_new_ones_are_not(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    commit("one", {".gitignore": "local.py\n"})
    (repository / "local.py").write_text(line(made))
    (repository / "new.py").write_text(line(made))
    assert places(scan.look(repository, BASELINE)) == (["new.py"], [])


def test_a_folder_of_a_checkout_is_scanned_alone(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    commit("one", {"sub/a.py": line(made), "b.py": line(made)})
    commit("two", {"sub/a.py": None, "sub/c.py": "x = 1\n"})
    assert places(scan.look(repository / "sub", BASELINE)) == ([], ["a.py"])


def test_what_is_left_out_is_said(
    repository: Path,
    commit: Callable[..., str],
    git_in: Git,
    made: Made,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "LARGEST", 1000)
    monkeypatch.setattr(history, "LARGEST", 1000)
    commit("one", {"big.py": line(made) * 100, "bin": "\0" + line(made), "ok.py": "x = 1\n"})
    (repository / "leaves").symlink_to("/etc/passwd")
    nested = repository / "nested"
    nested.mkdir()
    git_in(nested, "init", "-q")
    commit_file = nested / "a.py"
    commit_file.write_text(line(made))
    git_in(nested, "add", "-A")
    git_in(nested, "commit", "-q", "-m", "x")
    seen = scan.look(repository, BASELINE)
    notes = ", ".join(seen.notes)
    assert places(seen) == ([], [])
    assert notes.count("1 over the size limit") == 2 and "big.py" in notes
    assert notes.count("1 binary skipped") == 2
    assert "1 link not followed" in notes
    assert "1 nested repositories, not scanned: nested" in notes
    assert "history: 1 message and 3 blobs" in notes


def test_a_file_that_cannot_be_read_is_named(
    repository: Path, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit("one", {"a.py": "x = 1\n"})

    def refuse(self: Path) -> bytes:
        raise PermissionError(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    scanned = tree.scan_tree(repository, True, frozenset())
    assert scanned.unreadable == ["a.py"]


def test_without_git_every_file_is_scanned_and_the_summary_says_so(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text(line(made))
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "b.py").write_text(line(made))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    seen = scan.look(tmp_path, BASELINE)
    assert places(seen) == (["sub/a.py"], [])
    assert "git cannot read .git, so no history" in seen.notes
    shutil.rmtree(tmp_path / ".git")
    assert "no git checkout, so no history" in scan.look(tmp_path, BASELINE).notes


def test_an_empty_repository_has_no_secrets(repository: Path) -> None:
    seen = scan.look(repository, BASELINE)
    assert seen.notes == ("0 files", "history: 0 messages and 0 blobs")


def test_a_shallow_clone_says_that_its_history_is_incomplete(
    repository: Path, commit: Callable[..., str], git_in: Git, tmp_path: Path, made: Made
) -> None:
    commit("one", {"a.py": line(made)})
    commit("two", {"a.py": "x = 1\n"})
    git_in(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    seen = scan.look(tmp_path / "shallow", BASELINE)
    assert "shallow clone: the history is incomplete" in seen.notes
    assert places(seen) == ([], [])


def test_a_partial_clone_says_what_it_misses(
    repository: Path, commit: Callable[..., str], git_in: Git, tmp_path: Path, made: Made
) -> None:
    commit("one", {"a.py": line(made)})
    commit("two", {"a.py": "x = 1\n"})
    git_in(repository, "config", "uploadpack.allowFilter", "true")
    git_in(tmp_path, "clone", "-q", "--filter=blob:none", repository.as_uri(), "partial")
    seen = scan.look(tmp_path / "partial", BASELINE)
    assert "1 blob missing in this clone, not scanned" in seen.notes


def test_a_blob_that_git_lost_is_counted(
    repository: Path, commit: Callable[..., str], git_in: Git, made: Made
) -> None:
    commit("one", {"a.py": line(made)})
    lost = git_in(repository, "rev-parse", "HEAD:a.py")
    commit("two", {"a.py": "x = 1\n"})
    (repository / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    assert "1 blob missing in this clone, not scanned" in scan.look(repository, BASELINE).notes


def test_two_processes_find_what_one_finds(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    commit("one", {f"{number}.py": line(made) for number in range(6)})
    blobs = history.blobs(repository)
    one, two = (history.scan_blobs(repository, blobs, processes=count) for count in (1, 2))
    assert len(one.hits) == 6 and one.hits == two.hits and one.bytes == two.bytes
    assert history.scan_blobs(repository, []).bytes == 0


def test_the_baseline_itself_is_not_scanned(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    commit("one", {BASELINE: line(made), BASELINE + ".history": line(made)})
    assert places(scan.look(repository, BASELINE)) == ([], [])


def test_folders_of_others_are_left_out_of_tree_and_history(
    repository: Path, commit: Callable[..., str], made: Made
) -> None:
    commit("one", {"vendor/old.py": line(made), "vendored.py": line(made)})
    commit("two", {"vendor/old.py": None, "vendored.py": None, "vendor/new.py": line(made)})
    assert places(scan.look(repository, BASELINE, None, ["vendor"])) == ([], ["vendored.py"])
    here, past = places(scan.look(repository, BASELINE))
    assert here == ["vendor/new.py"] and sorted(past) == ["vendor/old.py", "vendored.py"]


def test_a_source_that_is_no_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a directory"):
        scan.look(tmp_path / "none", BASELINE)


def test_the_cache_leaves_out_clean_blobs_and_keeps_secrets(
    repository: Path, commit: Callable[..., str], made: Made, tmp_path: Path
) -> None:
    commit("one", {"a.py": line(made), "b.py": "x = 1\n"})
    commit(f"glpat-{made(20)}", {"a.py": "x = 2\n"})
    cache = tmp_path / "new" / "cache"
    first = scan.look(repository, BASELINE, cache)
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    todo = history.blobs(repository)
    known = CleanCache(cache, rules_version())
    assert sum(cache_key(blob.identity, blob.path) in known for blob in todo) == 2
    assert scan.look(repository, BASELINE, cache) == first
    assert file.stat().st_mtime_ns == written
    assert len(first.past) == 2
