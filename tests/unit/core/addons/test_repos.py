"""Files of git-aggregator: what they fill, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.addons.dependencies import discover_dependencies
from pipeline.core.addons.repos import Repo, read_repos
from pipeline.core.addons.search import folders_of_others
from pipeline.core.errors import InputError
from pipeline.core.settings import ProjectSettings, Settings
from pipeline.test.plan import make_plan
from pipeline.test.units import Unit

SETTINGS = Settings(project=ProjectSettings(dependencies=("repos.yaml",)))
GOOD = """
./vendor/server-tools:
  defaults: {depth: 20}
  remotes:
    oca: https://example.org/OCA/server-tools.git
    us: git@example.org:us/server-tools.git
  merges:
    - oca 19.0
    - {remote: us, ref: 19.0-fix, depth: 1}
  target: oca 19.0
vendor/web/:
  remotes: {oca: "https://example.org/OCA/web.git"}
  merges: [oca refs/pull/12/head]
"""
ONE = "vendor/a: {remotes: {oca: https://example.org/a}, merges: [oca 19.0]}\n"
BAD = {
    "no YAML": ("a: [", "repos.yaml is not YAML"),
    "empty": ("", "does not have a folder"),
    "a list": ("- a", "does not have a folder"),
    "no remotes": ("a: {merges: [oca 19.0]}", "a does not have `remotes` and `merges`"),
    "no merges": ("a: {remotes: {oca: x}}", "a does not have `remotes` and `merges`"),
    "half a merge": ("a: {remotes: {oca: x}, merges: [oca]}", "does not have `<remote> <branch>`"),
    "no such remote": ("a: {remotes: {oca: x}, merges: [b 19.0]}", "a remote of `remotes`"),
    "no address": ("a: {remotes: {oca: }, merges: [oca 19.0]}", "a remote of `remotes`"),
    "a conflict": (f"{ONE}<<<<<<< HEAD\nb: {{}}\n=======\n", "line 2 has a mark of a merge conf"),
    "out of the source": (ONE.replace("vendor/a", "../a"), "puts a repository into ../a"),
    "absolute": (ONE.replace("vendor/a", "/a"), "puts a repository into /a"),
    "the source itself": (ONE.replace("vendor/a", "."), "puts a repository into ."),
}


def test_a_file_is_read_as_git_aggregator_reads_it(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/repos.yaml").write_text(GOOD.replace("./vendor", "../vendor"))
    oca, us = "https://example.org/OCA/server-tools.git", "git@example.org:us/server-tools.git"
    assert read_repos(tmp_path, "conf/repos.yaml") == (
        Repo("conf/repos.yaml", "vendor/server-tools", ((oca, "19.0"), (us, "19.0-fix"))),
        Repo(
            "conf/repos.yaml",
            "conf/vendor/web",
            (("https://example.org/OCA/web.git", "refs/pull/12/head"),),
        ),
    )


@pytest.mark.parametrize("case", [*BAD, "missing"])
def test_what_is_wrong_is_an_error_of_the_plan_and_of_nothing_else(
    tmp_path: Path, make_addon, case: str
) -> None:
    make_addon("own")
    if case in BAD:
        (tmp_path / "repos.yaml").write_text(BAD[case][0])
    with pytest.raises(InputError, match="repos.yaml") as raised:
        make_plan(tmp_path, SETTINGS)
    assert BAD.get(case, ("", "cannot be read"))[1] in raised.value.message and raised.value.fix
    assert folders_of_others(tmp_path, SETTINGS) == ()


def test_what_is_not_fetched_yet_is_planned_later(tmp_path: Path, make_addon) -> None:
    make_addon("own", {"depends": ["theirs"]})
    (tmp_path / "repos.yaml").write_text(ONE)
    first = make_plan(tmp_path, SETTINGS)
    assert (first.repos, first.unfetched, first.dependencies) == (("repos.yaml",), True, ())
    with pytest.raises(
        InputError, match="vendor/a, which repos.yaml fills, is not there"
    ) as raised:
        discover_dependencies(tmp_path, SETTINGS)
    assert "gitaggregate -c repos.yaml" in raised.value.fix

    make_addon("vendor/a/theirs")
    second = make_plan(tmp_path, SETTINGS)
    assert (second.unfetched, second.others) == (False, ("vendor/a",))
    assert second.units == (Unit("own", ("own",), ("vendor/a/theirs",)),)
