"""Names from outside: what is taken, and what is rejected before anything is contacted."""

from __future__ import annotations

import pytest

from pipeline.core.errors import InputError
from pipeline.odoo_sh.target import OdooShBranch, check_target

GOOD = {
    "host": "customer.odoo.sh",
    "repo": "customer/production",
    "branch": "main",
    "git_host": "git.odoo.sh",
}
HOSTILE = (
    "-oProxyCommand=touch /tmp/x",
    "--upload-pack=touch /tmp/x",
    "a\nb",
    "main\n",
    "../../etc",
    "a/../b",
    "a'; rm -rf /",
    'a"b',
    "a b",
    "$(id)",
    "`id`",
    "a|b",
    "zürich",
    "a\0b",
    "a\\b",
    "{a,b}",
    "~root",
    ".",
    "/etc/passwd",
)


def test_good_names_make_a_target() -> None:
    assert check_target(**GOOD) == OdooShBranch("customer.odoo.sh", "customer/production", "main")
    target = check_target(**{**GOOD, "git_host": "me@127.0.0.1:2222", "branch": "19.0-fix/a_b"})
    assert (target.user, target.server, target.port) == ("me", "127.0.0.1", 2222)
    assert target.url == "me@127.0.0.1:customer/production"
    assert target.known_as == "[127.0.0.1]:2222"
    assert target.ref == "refs/heads/19.0-fix/a_b"
    assert check_target(**GOOD).known_as == "git.odoo.sh"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_names_are_rejected_by_name(name: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        check_target(**{**GOOD, name: value})
    assert repr(value) in caught.value.message
    assert "nothing was contacted" in caught.value.fix


@pytest.mark.parametrize("commit", [*HOSTILE, "HEAD", "abc", "0" * 65])
def test_a_commit_is_an_id_and_nothing_else(commit: str) -> None:
    with pytest.raises(InputError, match="is not a commit id"):
        check_target(**GOOD, commit=commit)


@pytest.mark.parametrize(
    "branch", ["refs/heads/main", "a//b", "a/", "a.lock", "a.", "a/.b", "b.lock/a", "x" * 300]
)
def test_names_that_are_no_branch(branch: str) -> None:
    with pytest.raises(InputError, match="is not a branch name"):
        check_target(**{**GOOD, "branch": branch})


@pytest.mark.parametrize("server", ["a:0", "a:65536", "a:b", "@a", "a.", f"{'a' * 64}.b", "a:1:2"])
def test_addresses_that_are_no_server(server: str) -> None:
    with pytest.raises(InputError, match="git host"):
        check_target(**{**GOOD, "git_host": server})


def test_all_wrong_names_are_in_one_error() -> None:
    with pytest.raises(InputError) as caught:
        check_target("a b", "../x", "-x", "a:b:c", "main")
    for word in ("host 'a b'", "repo '../x'", "branch '-x'", "git host 'a:b:c'", "commit 'main'"):
        assert word in caught.value.message
