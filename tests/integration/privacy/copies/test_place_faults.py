"""A place that breaks, refuses or is none: nothing is half done, and it is said."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from dated_copies import DUMP, KEY, NOW, document, name, there

from pipeline.core.errors import CheckFailed, InputError, SshError, ToolError
from pipeline.privacy.copies import place_files, places
from pipeline.privacy.copies.newest import copy_age, push_copy
from pipeline.privacy.copies.open_place import open_place
from pipeline.privacy.copies.places import CopiesPlace
from pipeline.remote.sftp import SftpFiles


def test_one_that_cannot_be_pushed_leaves_nothing(push, made, place, root: Path) -> None:
    push(2)
    with pytest.raises(InputError, match="there is a copy .* already"):
        push(2)
    with pytest.raises(CheckFailed, match="expired"):
        push(40)
    for change, said in (
        (lambda folder: (folder / "copy.json").unlink(), "there is no copy"),
        (lambda folder: (folder / "uat.dump").write_bytes(b"!"), "is not the dump"),
    ):
        folder = made(1)
        change(folder)
        with pytest.raises((InputError, CheckFailed), match=said):
            push_copy(place, folder, "odoo-care", KEY, NOW)
    with pytest.raises(CheckFailed, match="a copy of the project odoo-care"):
        push_copy(place, made(1), "odoo-mta", KEY, NOW)
    assert there(root) == [name(2)]


def test_a_transfer_that_fails_leaves_nothing(push, place, newest, root: Path, monkeypatch) -> None:
    push(2)
    real = places.shutil.copyfileobj

    def full(source, into, size) -> None:
        real(source, into, size)
        raise OSError(28, "No space left on device")

    def killed(source, into, size) -> None:
        real(source, into, size)
        raise KeyboardInterrupt

    for broken, error in ((full, ToolError), (killed, KeyboardInterrupt)):
        with monkeypatch.context() as context:
            context.setattr(places.shutil, "copyfileobj", broken)
            with pytest.raises(error):
                push(1)
        assert there(root) == [name(2)]
    with monkeypatch.context() as context:
        context.setattr(places.shutil, "copyfileobj", full)
        context.setattr(place.store.__class__, "rmdir", lambda self, path: os.rmdir("/nowhere"))
        with pytest.raises(ToolError, match="cannot be written to .*: No space left"):
            push(1)
    assert newest().name == name(2)  # what is left is hidden


def test_a_copy_that_cannot_be_removed_is_named(push, place, root: Path, monkeypatch) -> None:
    push(2)

    def denied(self, path: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr(place.store.__class__, "remove", denied)
        with pytest.raises(ToolError, match="Permission denied"):
            push(1, keep=1)
    assert [one for one in there(root) if one[0] != "."] == [name(1)]


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_disk_that_is_too_small_is_named_before_the_download(push, newest, monkeypatch) -> None:
    push(2)
    usage = shutil.disk_usage("/")._replace(free=5)
    monkeypatch.setattr(places.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ToolError, match="the copy has .* GB, and .* GB free"):
        newest()


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize("method", ["documents", "dump"])
def test_a_connection_that_breaks_is_named(push, newest, machine, monkeypatch, method: str) -> None:
    push(2)
    real = getattr(CopiesPlace, method)

    def cut(self: CopiesPlace, *given: object) -> object:
        machine.cut()
        return real(self, *given)

    monkeypatch.setattr(CopiesPlace, method, cut)
    with pytest.raises(ToolError, match="does not answer as a place of copies does"):
        newest()


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize("file", ["copy.json", "uat.dump"])
def test_a_file_that_is_none_is_passed_over(push, newest, root: Path, file: str) -> None:
    push(3)
    push(2)
    path = root / "odoo-care" / name(2) / file
    path.unlink()
    path.mkdir()
    found = newest()
    assert found.name == name(3) and f"{file} cannot be read: " in found.passed[0]


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize(
    "error, said",
    [
        (TimeoutError(), "no answer in time"),
        (EOFError(), "the connection was lost: EOFError"),
        (OSError(), "OSError"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_a_place_that_does_not_answer_is_named(push, newest, place, monkeypatch, error, said):
    push(2)

    def broken(path: str) -> None:
        raise error

    monkeypatch.setattr(place.store._client, "listdir", broken)
    with pytest.raises(ToolError, match=said):
        newest()


def test_who_may_not_log_in_is_told(machine, root: Path, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(machine.known_hosts)
    address = f"sftp://eve@127.0.0.1:{machine.port}{root}"
    with (
        pytest.raises(SshError, match="refuses eve's key"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    address = address.replace("eve", "ubuntu")
    machine.sftp = False
    with (
        pytest.raises(SshError, match="does not offer SFTP to ubuntu"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    known.write_text("")
    with (
        pytest.raises(SshError, match="COPIES_KNOWN_HOSTS"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    machine.stop()
    known.write_text(machine.known_hosts)
    with (
        pytest.raises(SshError, match="cannot be reached") as told,
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    assert "check the place's address, its SSH server" in told.value.fix


@pytest.mark.parametrize(
    "address",
    [
        "s3://bucket/x",
        "sftp://ubuntu@host",
        "sftp://ubuntu@host/",
        "sftp://u:secret@host/x",
        "sftp://u@host:99999/x",
        "sftp://u@host/x?y",
        "sftp://u@host/x/../y",
        "http://[",
    ],
)
def test_what_is_no_address_of_a_place_is_refused(address: str, tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="is not the address of a place") as told,
        open_place(address, "odoo-care", tmp_path, tmp_path),
    ):
        pass
    assert "secret" not in str(told.value)


def test_a_place_needs_a_key(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"missing: --ssh-key \(secret COPIES_SSH_KEY\)"),
        open_place("sftp://u@host/x", "odoo-care", None, None),
    ):
        pass


def test_a_folder_is_not_opened_as_a_file() -> None:
    """Some servers open one."""
    client = MagicMock()
    opened = client.open.return_value.__enter__.return_value
    opened.stat.return_value.st_mode = stat.S_IFDIR
    with pytest.raises(PermissionError, match="it is not a file"):
        with SftpFiles(client).open("/copies", "rb"):
            pass
    assert not opened.prefetch.called


@pytest.mark.parametrize(
    "hours, words", [(-1, "0 hours"), (1, "1 hour"), (47, "47 hours"), (49, "2 days")]
)
def test_an_age_in_words(hours: int, words: str) -> None:
    assert copy_age(document(hours / 24), NOW) == words


def test_names_of_a_folder_are_synced(tmp_path: Path, monkeypatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(place_files.files, "sync", synced.append)
    local = place_files.LocalFiles()
    local.mkdir(f"{tmp_path}/a", 0o750)
    local.rename(f"{tmp_path}/a", f"{tmp_path}/b")
    local.finish(f"{tmp_path}/b")
    assert synced == [tmp_path, tmp_path / "b"]
    with local.open(f"{tmp_path}/b/c", "wb") as file:
        file.write(DUMP)
    with local.open(f"{tmp_path}/b/c", "rb") as file:
        assert file.read() == DUMP
