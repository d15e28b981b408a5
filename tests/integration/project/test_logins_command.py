"""`pipeline project logins`, as the container of a call with logins runs it."""

from __future__ import annotations


def test_hosts_are_printed_and_no_password(tmp_path, run_pipeline):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine git.acme.test login me password not-to-be-shown\n")
    assert run_pipeline("project", "logins", "--netrc", netrc) == (0, "git.acme.test\n")
    netrc.write_text("machine git.acme.test login me passwort not-to-be-shown\n")
    code, said = run_pipeline("project", "logins", "--netrc", netrc)
    assert code == 2 and "--netrc is not as .netrc files are" in said
    assert "not-to-be-shown" not in said
