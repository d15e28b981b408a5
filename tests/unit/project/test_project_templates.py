"""The files of a new project, as text."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, SettingsError
from pipeline.core.settings import load, schema
from pipeline.project import templates
from pipeline.project.layout import Layout, look

ROOT = Path(__file__).parents[3]
MODULE = "github.com/resultrum/odoo-mta@v0.1.0"
IN_A_FOLDER = Layout("odoo-care", "18.0", ("addons",), ("addons/visit",), True, frozenset())
AT_ROOT = Layout("care", "19.0", (".",), ("visit", "van"), False, frozenset())
IN_SEVERAL = Layout("care", "19.0", ("core", "more"), ("core/visit", "more/van"), True, frozenset())


@pytest.fixture(params=[IN_A_FOLDER, AT_ROOT, IN_SEVERAL], ids=["folder", "root", "several"])
def made(request) -> tuple[Layout, dict[str, str]]:
    return request.param, templates.files(ROOT, request.param, MODULE)


def test_no_file_speaks_of_this_project(made) -> None:
    layout, files = made
    for name, text in files.items():
        rest = text.replace(MODULE, "").replace(schema.address(MODULE), "")
        assert not re.search(r"odoo[-_]mta|\bmta[-_]|odoo_addons", rest), name


def test_names_follow_the_projects(made) -> None:
    layout, files = made
    compose = files["docker-compose.yml"]
    assert f"  {layout.name}-web:" in compose and f"container_name: {layout.name}-db" in compose
    assert f"odoo:{layout.series}" in compose and f"{layout.short}-dev" in compose
    assert f"{layout.name}-web" in files["proxy/nginx.conf"]
    assert f'image.title="{layout.name}"' in files["Dockerfile"]


def test_the_settings_are_valid(made, tmp_path) -> None:
    layout, files = made
    (tmp_path / "pipeline.toml").write_text(files["pipeline.toml"])
    assert files["pipeline.toml"].startswith(f"#:schema {schema.address(MODULE)}\n")
    project, image = load(tmp_path).project, load(tmp_path).image
    assert (image.repository, image.version) == (None, "0.1.0")
    files = templates.files(ROOT, layout, MODULE, "acme/care")
    (tmp_path / "pipeline.toml").write_text(files["pipeline.toml"])
    assert load(tmp_path).image.repository == "acme/care"
    assert (project.name, project.series) == (layout.name, layout.series)
    assert project.addons == (() if layout.at_root else layout.folders)


def test_the_image_gets_the_add_ons_from_where_they_are() -> None:
    one, root, several = (
        templates.files(ROOT, layout, MODULE) for layout in (IN_A_FOLDER, AT_ROOT, IN_SEVERAL)
    )
    assert 'COPY ["addons", "/parts/mnt/extra-addons/"]' in one["Dockerfile"]
    assert "!addons\n" in one[".dockerignore"]
    assert "./addons:/mnt/extra-addons:ro" in one["docker-compose.override.yml"]
    assert "for file in /source/*/__manifest__.py" in root["Dockerfile"]
    assert "\n*\n" not in root[".dockerignore"]
    assert "- ./:/mnt/extra-addons:ro" in root["docker-compose.override.yml"]
    assert 'COPY ["core", "more", "/parts/mnt/extra-addons/"]' in several["Dockerfile"]
    assert "!core\n!more\n" in several[".dockerignore"]
    override = several["docker-compose.override.yml"]
    assert "\n      - ./core/visit:/mnt/extra-addons/visit:ro\n" in override
    assert "\n      - ./more/van:/mnt/extra-addons/van:ro\n" in override
    assert "${ODOO_ADDONS:-visit,van}" in override


@pytest.mark.parametrize("layout", [IN_A_FOLDER, AT_ROOT], ids=["folder", "root"])
def test_the_image_has_the_add_ons_of_others_in_a_folder_of_their_own(
    tmp_path, make_addon, layout
) -> None:
    layout = replace(layout, dependencies=("vendor", "enterprise"))
    files = templates.files(ROOT, layout, MODULE)
    lines = files["Dockerfile"].splitlines()
    copied = [lines.index(f'COPY ["{one}", "/others/{one}/"]') for one in layout.dependencies]
    gather = lines.index("COPY <<'EOF' /gather.py")
    assert max(copied) < gather < lines.index("FROM addons AS needed")
    assert "addons_path = /mnt/extra-addons,/mnt/dependencies\n" in files["config/odoo.conf"]
    assert layout.at_root or "!vendor\n!enterprise\n" in files[".dockerignore"]

    make_addon("others/vendor/oca/repo/theirs")
    make_addon("others/vendor/oca/repo/theirs/tests/data/inner")
    make_addon("others/enterprise/bought")
    make_addon("parts/mnt/extra-addons/bought")
    make_addon("parts/mnt/extra-addons/visit")
    (tmp_path / "others/vendor/again").symlink_to("oca/repo/theirs")
    script = "\n".join(lines[gather + 1 : lines.index("EOF", gather)])
    for folder in ("/others", "/parts"):
        script = script.replace(f'"{folder}', f'"{tmp_path}{folder}')
    subprocess.run([sys.executable, "-c", script], check=True)
    image = tmp_path / "parts/mnt"
    assert {path.name for path in (image / "dependencies").iterdir()} == {"theirs", "bought"}
    assert {path.name for path in (image / "extra-addons").iterdir()} == {"visit"}


def test_requirements_without_hashes_are_installed_without(made) -> None:
    layout, files = made
    assert ("--require-hashes" in files["Dockerfile"]) is layout.hashed


def test_tools_are_set_up_only_where_nothing_sets_them_up() -> None:
    assert {".flake8", ".isort.cfg"} <= set(templates.files(ROOT, AT_ROOT, MODULE))
    there = Layout("c", "19.0", (".",), (), True, frozenset({"setup.cfg"}))
    assert not {".flake8", ".isort.cfg"} & set(templates.files(ROOT, there, MODULE))
    there = Layout("c", "19.0", (".",), (), True, frozenset({"pyproject.toml"}))
    assert ".flake8" in templates.files(ROOT, there, MODULE)


def test_workflows_call_the_module_with_the_repository() -> None:
    text = "run: dagger --progress=plain call report export\nrun: dagger call uat --x deploy\n"
    assert templates.workflow(text, "example.org/m@v1") == (
        "run: dagger --progress=plain call -m example.org/m@v1 report --source . export\n"
        "run: dagger call -m example.org/m@v1 uat --source . --x deploy\n"
    )


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("Dockerfile", "COPY odoo_addons", "the template Dockerfile has no `COPY odoo_addons"),
        (".dockerignore", "!odoo_addons", "has no `!odoo_addons`"),
        ("docker-compose.override.yml", "ODOO_ADDONS:-", "has no `ODOO_ADDONS`"),
        ("config/odoo.conf", "admin_passwd", "has no `admin_passwd ="),
    ],
)
def test_templates_of_another_version_are_an_error(tmp_path, name, line, words) -> None:
    sources = [".dockerignore", ".env.example", ".gitignore", "Dockerfile", "config/odoo.conf"]
    sources += ["docker-compose.yml", "docker-compose.prod.yml", "docker-compose.override.yml"]
    sources += ["proxy/nginx.conf", "proxy/maintenance.html", "proxy/state/.gitignore"]
    for source in sources:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text((ROOT / source).read_text())
    path = tmp_path / name
    path.write_text(path.read_text().replace(line, "CHANGED"))
    with pytest.raises(InputError) as caught:
        templates.files(tmp_path, IN_A_FOLDER, MODULE)
    assert words in caught.value.message
    path.unlink()
    with pytest.raises(InputError, match="no templates in|cannot be read"):
        templates.files(tmp_path, IN_A_FOLDER, MODULE)


def test_a_repository_is_looked_at(tmp_path, make_addon) -> None:
    make_addon("repo/core/visit")
    make_addon("repo/core/off", {"installable": False})
    make_addon("repo/more/van")
    (tmp_path / "repo/requirements.txt").write_text("# a\nlibrary==1\n")
    layout = look(tmp_path / "repo", "odoo-care", None)
    assert layout.folders == ("core", "more") and layout.modules == ("van", "visit")
    assert (layout.series, layout.hashed, layout.short) == ("19.0", False, "care")
    assert layout.existing == {"requirements.txt"} and layout.dependencies == ()


def test_folders_of_others_are_copied_once_and_without_links(tmp_path, make_addon) -> None:
    make_addon("repo/core/visit")
    make_addon("repo/vendor/oca/theirs")
    make_addon("repo/src/partner/linked")
    (tmp_path / "repo/farm").mkdir()
    (tmp_path / "repo/farm/linked").symlink_to("../src/partner/linked")
    (tmp_path / "repo/all").symlink_to("vendor")
    settings = '[project]\ndependencies = ["vendor/oca", "all", "farm"]\n'
    (tmp_path / "repo/pipeline.toml").write_text(settings)
    layout = look(tmp_path / "repo", "odoo-care", None)
    assert layout.dependencies == ("farm", "src/partner/linked", "vendor")
    assert (layout.folders, layout.modules) == (("core",), ("visit",))


def test_a_repository_without_add_ons(tmp_path) -> None:
    layout = look(tmp_path, "care", "18.0")
    assert (layout.folders, layout.addons) == (("odoo_addons",), ())
    with pytest.raises(InputError, match="series is unknown") as caught:
        look(tmp_path, "care", None)
    assert "--series" in caught.value.fix


@pytest.mark.parametrize("name", ["", "Care", "a b", "../x", "-x", "a_b", "a\nb"])
def test_impossible_names(tmp_path, name) -> None:
    with pytest.raises(InputError, match="is not a project name"):
        look(tmp_path, name, "19.0")


def test_impossible_series_sources_and_settings(tmp_path) -> None:
    with pytest.raises(InputError, match=r"Odoo '9' \(--series\) is not a series"):
        look(tmp_path, "care", "9")
    with pytest.raises(InputError, match="is not a directory"):
        look(tmp_path / "nowhere", "care", "19.0")
    (tmp_path / "pipeline.toml").write_text('[project]\naddons = ["nowhere"]\n')
    with pytest.raises(InputError, match="nowhere of pipeline.toml does not exist"):
        look(tmp_path, "care", "19.0")
    (tmp_path / "pipeline.toml").write_text("[nope]\n")
    with pytest.raises(SettingsError):
        look(tmp_path, "care", "19.0")
