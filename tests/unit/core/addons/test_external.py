"""What manifests ask for other than modules."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.addons import external
from pipeline.core.addons.discovery import AddOn


def addon(**declared: Any) -> AddOn:
    """An add-on with these external dependencies."""
    return AddOn("x", "x", "x/__manifest__.py", {"external_dependencies": declared})


def test_python_packages_of_several_addons_are_named_once_and_sorted() -> None:
    both = [addon(python=["requests", "fsspec>=2025.3.0"]), addon(python=("requests",))]
    assert external.packages(both) == ("fsspec>=2025.3.0", "requests")


@pytest.mark.parametrize(
    ("entry", "package"),
    [
        ("ldap", "python-ldap"),
        ("PIL", "Pillow"),
        ("Crypto.Cipher", "pycryptodome"),
        ("zope.event", "zope.event"),
        ("sentry_sdk>=2.0.0,<=2.22.0", "sentry_sdk<=2.22.0,>=2.0.0"),
        ("paramiko<4 ; python_version < '3.13'", 'paramiko<4; python_version < "3.13"'),
    ],
)
def test_an_entry_becomes_what_pip_takes(entry: str, package: str) -> None:
    assert external.packages([addon(python=[entry])]) == (package,)


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param({"python": ["not a name", "", 7]}, id="no requirements"),
        pytest.param({"python": "requests"}, id="a text"),
        pytest.param({"python": ["--index-url=http://x"]}, id="an option of pip"),
        pytest.param({"bin": ["xmlsec1"]}, id="programs"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_no_package_is_left_out(declared: dict[str, Any]) -> None:
    assert external.packages([addon(**declared)]) == ()


def test_a_manifest_whose_dependencies_are_no_dict_needs_nothing() -> None:
    broken = AddOn("x", "x", "x/__manifest__.py", {"external_dependencies": ["requests"]})
    assert external.packages([broken]) == external.programs(broken) == ()


def test_programs_and_the_debian_packages_that_have_them() -> None:
    one = addon(bin=["xmlsec1", "antiword"], deb=["xmlsec1"], apt={"python-ldap": "python3-ldap"})
    assert external.programs(one) == ("antiword", "xmlsec1")
    assert external.system_packages(one) == ("python3-ldap", "xmlsec1")
