"""`pipeline odoo-sh deploy`: everything that stops it before it contacts anybody."""

from __future__ import annotations

import pytest

from pipeline.cli.options import odoo_sh
from pipeline.cli.options.phrases import DEPLOY_ODOO_SH
from pipeline.odoo_sh import access

GIVEN = {
    "--host": "customer.odoo.sh",
    "--repo": "customer/production",
    "--confirm": DEPLOY_ODOO_SH.text,
}


@pytest.fixture
def call(tmp_path, run_pipeline, monkeypatch):
    """Run the command in a world in which any contact is a failure."""

    def contact(*_: object, **__: object) -> None:
        raise AssertionError("somebody was contacted")

    monkeypatch.setattr(access, "run", contact)
    monkeypatch.setattr(access, "stream", contact)
    monkeypatch.setattr(odoo_sh, "connect_git", contact)
    for name in ("ODOO_SH_HOST", "ODOO_SH_REPO"):
        monkeypatch.delenv(name, raising=False)
    key = tmp_path / "key"
    key.write_text("a key")

    def run(*more: str, **changed: str | None) -> tuple[int, str]:
        options: dict[str, str | None] = {
            **GIVEN,
            "--source": str(tmp_path),
            "--ssh-key": str(key),
            "--known-hosts": str(key),
            **{f"--{name.replace('_', '-')}": value for name, value in changed.items()},
        }
        given = [f"{name}={value}" for name, value in options.items() if value is not None]
        return run_pipeline("odoo-sh", "deploy", *given, *more)

    return run


def test_a_wrong_phrase(call) -> None:
    code, said = call(confirm="deploy to odoo.sh")
    assert code == 2
    assert "nothing was contacted" in said
    assert f'--confirm "{DEPLOY_ODOO_SH.text}"' in said
    assert call(confirm=None)[0] == 2


def test_everything_that_is_missing_is_named_at_once(call, tmp_path) -> None:
    (tmp_path / "key").write_text(" \n")  # as an unset secret arrives
    code, said = call(host="", repo=None)
    assert code == 2
    assert (
        "missing or empty: ODOO_SH_HOST (--host), ODOO_SH_REPO (--repo), ODOO_SH_SSH_KEY "
        "(--ssh-key), ODOO_SH_KNOWN_HOSTS (--known-hosts)" in said
    )


@pytest.mark.parametrize("name", ["host", "repo", "branch", "git_host", "commit"])
def test_hostile_names(call, name) -> None:
    code, said = call(**{name: "-oProxyCommand=touch x"})
    assert code == 2
    assert "'-oProxyCommand=touch x'" in said and "nothing was contacted" in said


def test_a_dry_run_needs_no_phrase_but_good_names(call) -> None:
    code, said = call("--dry-run", confirm=None, repo="../x")
    assert code == 2
    assert "repo '../x'" in said


def test_a_source_that_is_no_clone(call) -> None:
    code, said = call()
    assert code == 2
    assert "is not a git checkout" in said


def test_files_that_cannot_be_read(call, tmp_path) -> None:
    code, said = call(ssh_key=str(tmp_path / "none"))
    assert code == 2
    assert "--ssh-key" in said and "No such file or directory" in said
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    code, said = call(known_hosts=str(tmp_path / "binary"))
    assert code == 2
    assert "it is not text" in said
