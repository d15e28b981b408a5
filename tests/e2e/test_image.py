"""The image of the Dockerfile: what is in it, and that it is the same wherever it is built."""

from __future__ import annotations


def in_image(call, command: str) -> str:
    return call(
        "build", "--version=1.2.3", "with-exec", f"--args=sh,-c,{command}", "stdout"
    ).out.strip()


def test_the_image_runs_without_root_and_holds_the_add_ons(call) -> None:
    listed = in_image(call, "id -un; ls /mnt/extra-addons")
    user, *addons = listed.split()
    assert user == "odoo"
    assert {"mta_contract", "mta_equipment", "mta_intervention"} <= set(addons)


def test_the_labels_name_the_version(call) -> None:
    label = call(
        "build", "--version=1.2.3", "label", "--name=org.opencontainers.image.version"
    ).out.strip()
    assert label == "1.2.3"


def test_the_times_of_files_come_from_their_content(call) -> None:
    """Two files of one content have one time; it is not that of the build."""
    times = in_image(
        call, "stat -c %Y /mnt/extra-addons/*/__manifest__.py /mnt/extra-addons/*/tests/__init__.py"
    ).split()
    assert len(set(times)) > 1
    assert all(1_000_000_000 <= int(time) < 1_270_000_000 for time in times)
