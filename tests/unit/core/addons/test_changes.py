"""What is tested after each kind of change, in a repository that has all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.core.settings import load
from pipeline.test.plan import make_plan

SETTINGS = """\
[project]
series = "19.0"
addons = ["addons", "vendor/lib"]
external_addons = ["sent", "whole"]
shared = ["tools"]
[odoo]
requirements = ["requirements.txt"]
[python]
requirements = ["reqs/python.txt"]
"""
#: shop <- report, alone, linked, lib_a <- on_lib, lib_b, sent <- on_sent, whole <- on_whole
ADDONS = {
    "addons/shop": "base",
    "addons/report": "shop",
    "addons/alone": "base",
    "addons/on_lib": "lib_a",
    "addons/on_sent": "sent",
    "addons/sent": "base",
    "addons/on_whole": "whole",
    "src/linked": "base",
}
FILES = {
    "pipeline.toml": SETTINGS,
    "requirements.txt": "-r reqs/base.txt\nrequests\n",
    "reqs/base.txt": "--constraint=limits.txt\n",
    "reqs/limits.txt": "requests<3\n",
    "reqs/python.txt": "pytest\n",
    "reqs/unused.txt": "x\n",
    "shared/tool.js": "1",
    "tools/tool.py": "",
    "data/cases.csv": "a\n",
    **dict.fromkeys(("Dockerfile", "dagger.json", ".github/workflows/ci.yml", "README.md"), ""),
}
EVERYTHING = (
    "addons/alone addons/on_lib addons/on_sent addons/on_whole addons/report addons/sent "
    "addons/shop addons/whole lib_a lib_b linked"
)
ALL = " ".join(sorted(Path(one).name for one in EVERYTHING.split()))
QUIET = {
    **{
        f"GIT_{who}_{what}": "t@t.invalid"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
    **{"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow"},
    **{"GIT_CONFIG_VALUE_0": "always", "GIT_CONFIG_GLOBAL": "/dev/null"},
}


def sh(folder: Path, script: str) -> None:
    """Run a script of changes; git is nobody's."""
    subprocess.run(["sh", "-ec", script], cwd=folder, env=os.environ | QUIET, check=True)


def addon(folder: Path, needs: str) -> None:
    (folder / "tests").mkdir(parents=True)
    (folder / "__manifest__.py").write_text(f"{{'name': 'x', 'depends': ['{needs}']}}")
    (folder / "models.py").touch()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, with two submodules: one of two add-ons, one that is an add-on."""
    place = tmp_path_factory.mktemp("changes")
    addon(place / "lib" / "lib_a", "base")
    addon(place / "lib" / "lib_b", "base")
    addon(place / "whole", "base")
    for name in ("lib", "whole"):
        sh(place / name, "git init -qb main; git add -A; git commit -qm one")
    root = place / "root"
    for path, needs in ADDONS.items():
        addon(root / path, needs)
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "addons/linked").symlink_to("../src/linked")
    (root / "addons/alone/tool.js").symlink_to("../../shared/tool.js")
    sh(
        root,
        "git init -qb main; git submodule -q add ../lib vendor/lib;"
        " git submodule -q add ../whole addons/whole; git add -A; git commit -qm one;"
        " git checkout -qb work",
    )
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of it; its submodules' remotes are those of the original."""
    return Path(shutil.copytree(template, tmp_path / "root", symlinks=True))


def planned(root: Path) -> str:
    """The add-ons that are tested, by name."""
    return " ".join(unit.addon for unit in make_plan(root, load(root), "main").units)


BUMP = "cd vendor/lib; echo x > lib_a/models.py; git commit -qam two"
SAVE = "; git add -A; git commit -qm change || :"  # what is new inside a submodule is not saved


@pytest.mark.parametrize("commit", ["", SAVE], ids=["work tree", "committed"])
@pytest.mark.parametrize(
    ("change", "tested"),
    [
        (":", ""),
        ("echo x > addons/shop/models.py", "report shop"),
        ("echo x > addons/shop/new.py", "report shop"),
        ("rm addons/shop/models.py", "report shop"),
        ("chmod +x addons/shop/models.py", "report shop"),
        ("mv addons/shop/models.py addons/shop/other.py", "report shop"),
        ("mv addons/shop/models.py addons/alone/new.py", "alone report shop"),
        ("rm addons/shop/models.py; ln -s ../alone/models.py addons/shop/", "report shop"),
        ("rm -r addons/sent", "on_sent"),
        ("mkdir moved; mv addons/sent moved/", "on_sent"),
        ("mv addons/sent addons/renamed", "on_sent renamed"),
        ("mv addons/alone/tool.js addons/alone/other.js", "alone"),
        (BUMP, "lib_a on_lib"),
        ("echo x > vendor/lib/lib_b/models.py", "lib_b"),
        ("echo x > vendor/lib/lib_b/new.py", "lib_b"),
        ("cd addons/whole; echo x > models.py; git commit -qam two", "on_whole whole"),
        ("git rm -q addons/whole", ALL.replace(" whole", "")),
        ("echo x > src/linked/models.py", "linked"),
        ("mkdir new; cp -r src/linked new/; ln -sfn ../new/linked addons/linked", "linked"),
        ("echo 2 > shared/tool.js", "alone"),
        *((f"echo '#' >> {file}", ALL) for file in ("pipeline.toml", "Dockerfile", "dagger.json")),
        ("echo '#' >> .github/workflows/ci.yml", ALL),
        ("echo '#' >> requirements.txt", ALL),
        ("echo '#' >> reqs/base.txt", ALL),
        ("echo '#' >> reqs/limits.txt", ALL),
        ("mv reqs/limits.txt all.txt; ln -s ../all.txt reqs/limits.txt", ALL),
        ("echo '#' >> tools/new.py", ALL),
        ("echo b > data/cases.csv; echo x > README.md; echo x > reqs/unused.txt", ""),
        ("echo x > reqs/python.txt", ""),
    ],
)
def test_what_is_tested(root: Path, change: str, tested: str, commit: str) -> None:
    sh(root, f"{change}; cd '{root}'{commit}")
    assert planned(root) == tested


def test_a_submodule_without_its_history_counts_as_a_whole(root: Path) -> None:
    sh(root / "vendor/lib", "echo x > lib_a/models.py; git commit -qam two")
    sh(root, "git add -A; git commit -qm bump")
    sh(root / "vendor/lib", "git clone -q --depth 1 file://$PWD ../one; git rev-parse HEAD")
    shutil.rmtree(root / "vendor/lib")
    (root / "vendor/one").rename(root / "vendor/lib")
    assert planned(root) == "lib_a lib_b on_lib"


def test_settings_of_git_hide_nothing(root: Path) -> None:
    sh(root, "git config submodule.vendor/lib.ignore all; git config diff.ignoreSubmodules all")
    sh(root, f"{BUMP}")
    assert planned(root) == "lib_a on_lib"


def test_a_source_below_the_root_of_its_repository(root: Path) -> None:
    sh(
        root,
        "mkdir below; git mv pipeline.toml requirements.txt reqs addons src shared vendor below/",
    )
    sh(root, "git commit -qm below; git branch -qf main")
    below = root / "below"
    sh(below, "echo x > addons/shop/models.py; echo x > vendor/lib/lib_b/models.py")
    assert planned(below) == "lib_b report shop"


def test_a_link_into_nothing_is_named(root: Path) -> None:
    (root / "addons/linked").unlink()
    (root / "addons/linked").symlink_to("../src/not_there")
    with pytest.raises(InputError, match="addons/linked is a link to .*/src/not_there") as caught:
        planned(root)
    assert "check out the submodule" in caught.value.fix


def test_the_plan_names_links_and_included_requirements(root: Path) -> None:
    plan = make_plan(root, load(root))
    assert plan.links == ("addons/linked",)
    assert "src/linked" in plan.folders and "addons/linked" not in plan.folders
    assert plan.included_requirements == ("reqs/base.txt", "reqs/limits.txt")
