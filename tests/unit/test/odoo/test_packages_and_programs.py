"""What a manifest needs other than modules is looked for before Odoo starts."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.addons.discovery import AddOn
from pipeline.core.errors import InputError
from pipeline.test.odoo.preconditions import check_packages_and_programs


def addon(**declared: Any) -> AddOn:
    """An add-on with these external dependencies."""
    return AddOn("x", "x", "x/__manifest__.py", {"external_dependencies": declared})


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"python": ["click", "packaging>=20"], "bin": ["sh"]}, id="all there"),
        pytest.param({"python": ["json", "os.path"]}, id="by the name of its import"),
        pytest.param({"python": ["no-such; python_version < '3'"]}, id="not for this Python"),
    ],
)
def test_what_is_there_is_enough(declared: dict[str, Any]) -> None:
    check_packages_and_programs([addon(**declared)])


@pytest.mark.parametrize(
    "package", ["no-such-package", "click<1", "json.no_such_module", "no_such_package.module"]
)
def test_a_python_package_that_is_missing_or_too_new_is_named(package: str) -> None:
    with pytest.raises(InputError, match=f"^x/__manifest__.py needs .* lacks: {package}\n"):
        check_packages_and_programs([addon(), addon(python=[package, "click"])])


@pytest.mark.parametrize(
    ("declared", "place"),
    [({"deb": ["such-tools"]}, "such-tools"), ({}, "the package that has it")],
)
def test_a_program_that_is_missing_names_its_debian_package(
    declared: dict[str, Any], place: str
) -> None:
    with pytest.raises(InputError, match="is not installed here: no-such-program\n") as raised:
        check_packages_and_programs([addon(bin=["no-such-program", "sh"], **declared)])
    assert f"[odoo] apt of pipeline.toml ({place})" in raised.value.fix
