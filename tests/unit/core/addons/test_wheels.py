"""Add-ons that pip installs, and for which series a requirement can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.addons.wheels import check_wheels, required_addons
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.test.plan import make_plan

#: Requirements that a wheel for 19.0 can meet, and others with the series that is named.
FITS = (
    "odoo-addon-a",
    "odoo-addon-a==19.0.1.0.3",
    "odoo-addon-a==19.0.*",
    "odoo_addon_a===19.0.1",
    "odoo-addon-a~=19.0.1.0",
    "odoo-addon-a>=19.0,<19.1",
    "odoo-addon-a>18.0.1, <20",
    "odoo-addon-a<19.0.2",
    "odoo-addon-a!=18.0.1",
    "odoo-addon-a[x]>=19 ; python_version > '3'",
    "odoo-addon-a @ git+https://example.org/x@18.0#subdirectory=a",
    "odoo-addon-a @ https://example.org/odoo_addon_a-19.0.1.0.3-py3-none-any.whl#sha256=0",
    "-e git+https://example.org/x#egg=odoo-addon-a",
    "odoo-addon-a==19.0.1 --hash=sha256:0123",
    "requests==18.0",
)
OTHERS = {
    "odoo-addon-a==18.0.1.0.3": "18.0",
    "odoo-addon-a==18.0.*": "18.0",
    "odoo_addon_a===20.0.1": "20.0",
    "odoo-addon-a~=18.0.1.0": "18.0",
    "odoo-addon-a~=18.0": "18.0",
    "odoo-addon-a==18": "18.0",
    "odoo-addon-a>=20.0": "20.0",
    "odoo-addon-a>=18.0,<18.1": "less than 18.1",
    "odoo-addon-a<19.0": "less than 19.0",
    "odoo14-addon-a": "14.0",
    "odoo-addon-a @ https://example.org/odoo_addon_a-18.0.1.0.3-py3-none-any.whl": "18.0",
    "odoo-addon-a==18.0.1 --hash=sha256:0123 --hash=sha256:4567": "18.0",
}


@pytest.mark.parametrize("line", FITS)
def test_what_fits_the_series_is_for_pip_to_find(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    check_wheels(tmp_path, ["requirements.txt"], "19.0")


@pytest.mark.parametrize("line", OTHERS)
def test_another_series_is_named_with_the_file_and_the_fix(tmp_path: Path, line: str) -> None:
    (tmp_path / "own").mkdir()
    text = '{"version": "19.0.1.0.0", "depends": ["a"]}'
    (tmp_path / "own/__manifest__.py").write_text(text)
    (tmp_path / "requirements.txt").write_text("-r more.txt\n")
    (tmp_path / "more.txt").write_text(f"requests\n{line}\n")
    with pytest.raises(InputError) as raised:
        make_plan(tmp_path, Settings())
    assert f"which is for Odoo {OTHERS[line]}," in raised.value.message
    assert raised.value.message.startswith("more.txt has `") and "--hash" not in str(raised.value)
    assert "odoo-addon-a==19.0.*" in raised.value.fix
    assert required_addons(tmp_path) == {"a"}
