"""The tests that need an Odoo to call (tests/real_odoo), in the container that tests add-ons."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]

INSTALL = "pip install -q --disable-pip-version-check --require-hashes -r /dev.lock"
#: Odoo's own packages go with the distribution's, which is older than what the tests bring.
RESTORE = "pip uninstall -q -y cryptography"
TEST = "python -m pytest -q -o addopts= -p no:cacheprovider tests/real_odoo"


def test_every_way_in_which_a_run_of_tests_can_go_wrong(call) -> None:
    answer = call(
        "odoo",
        *("with-file", "--path=/dev.lock", f"--source={ROOT}/scripts/requirements/dev.lock"),
        *("with-exec", f"--args={INSTALL.replace(' ', ',')}"),
        *("with-exec", f"--args={RESTORE.replace(' ', ',')}"),
        *("with-directory", "--path=/project/scripts", f"--source={ROOT}/scripts"),
        *("with-directory", "--path=/project/tests", f"--source={ROOT}/tests"),
        *("with-file", "--path=/project/pyproject.toml", f"--source={ROOT}/pyproject.toml"),
        *("with-workdir", "--path=/project"),
        *("with-exec", f"--args={TEST.replace(' ', ',')}", "stdout"),
    )
    assert " passed" in answer.out and "skipped" not in answer.out
