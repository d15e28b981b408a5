"""What makes something be built again, and what does not."""

from __future__ import annotations

import pytest


def test_a_hash_depends_on_words_and_contents(machine, tmp_path):
    file = tmp_path / "file"
    file.write_text("one")
    first = machine.bash(f"hash_of a b -- '{file}'").stdout
    assert len(first.strip()) == 16
    assert machine.bash(f"hash_of a b -- '{file}'").stdout == first
    assert machine.bash(f"hash_of a c -- '{file}'").stdout != first
    file.write_text("two")
    assert machine.bash(f"hash_of a b -- '{file}'").stdout != first


@pytest.fixture
def directory(tmp_path):
    made = tmp_path / "context"
    (made / "inner").mkdir(parents=True)
    (made / "inner" / "file").write_text("one")
    return made


def directory_hash(machine, directory) -> str:
    result = machine.bash(f"hash_of_directory '{directory}'")
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_directory_hash_ignores_times_and_place(machine, directory, tmp_path):
    first = directory_hash(machine, directory)
    (directory / "inner" / "file").touch()
    moved = directory.rename(tmp_path / "elsewhere")
    assert directory_hash(machine, moved) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda d: (d / "inner" / "file").write_text("two"),
        lambda d: (d / "inner" / "file").rename(d / "inner" / "other"),
        lambda d: (d / "inner" / "file").chmod(0o755),
        lambda d: (d / "more").write_text(""),
    ],
    ids=["content", "name", "mode", "new file"],
)
def test_a_directory_hash_sees_a_change_of(machine, directory, change):
    first = directory_hash(machine, directory)
    change(directory)
    assert directory_hash(machine, directory) != first


def test_the_build_depends_on_the_version_of_go(machine):
    first = machine.bash("build_key").stdout
    assert machine.bash("build_key").stdout == first
    machine.stub("go", "echo go1.27.0")
    assert machine.bash("build_key").stdout != first


def put_image(machine, reference: str, digest: str) -> None:
    name, tag = reference.split(":")
    link = (
        machine.cache
        / f"registry/docker/registry/v2/repositories/library/{name}"
        / f"_manifests/tags/{tag}/current/link"
    )
    link.parent.mkdir(parents=True, exist_ok=True)
    link.write_text(digest)


def test_an_image_is_current_until_its_base_or_itself_changes(machine):
    put_image(machine, "debian:trixie-slim", "sha256:aa")
    put_image(machine, "nginx:1", "sha256:bb")
    assert machine.bash("image_is_current nginx:1 nginx").returncode == 1
    assert machine.bash("record_image nginx:1 nginx").returncode == 0
    assert machine.bash("image_is_current nginx:1 nginx").returncode == 0
    put_image(machine, "nginx:1", "sha256:somebody-elses")
    assert machine.bash("image_is_current nginx:1 nginx").returncode == 1
    put_image(machine, "nginx:1", "sha256:bb")
    put_image(machine, "debian:trixie-slim", "sha256:cc")
    assert machine.bash("image_is_current nginx:1 nginx").returncode == 1


def test_the_list_of_images_starts_with_the_one_from_packages(machine):
    lines = machine.bash("list_images").stdout.splitlines()
    assert lines[0].split() == ["debian:trixie-slim", "-"]
    references = [line.split()[0] for line in lines]
    assert {"python:3.13-slim", "postgres:17", "odoo:19.0", "registry:2", "nginx:1"} < set(
        references
    )


def test_missing_packages_are_those_that_are_not_installed(machine):
    machine.stub(
        "dpkg-query",
        'case ${!#} in a) echo "install ok installed" ;; b) echo "deinstall ok config-files" ;; '
        "*) exit 1 ;; esac",
    )
    assert machine.bash("missing_packages a b c").stdout.split() == ["b", "c"]
