"""The table of Odoo's series."""

from __future__ import annotations

import pytest

from pipeline.core.errors import InputError
from pipeline.core.settings import OdooSettings
from pipeline.core.versions import series

EACH = pytest.mark.parametrize("one", series.TABLE, ids=lambda one: one.name)


@EACH
def test_every_series_is_found_by_its_name_and_number(one: series.SeriesFacts) -> None:
    assert series.known_series(one.name, "here") is one
    assert series.series_of_major(one.major, "here") is one
    assert one.image == f"odoo:{one.name}"


@EACH
def test_the_pipeline_s_own_postgresql_is_new_enough(one: series.SeriesFacts) -> None:
    assert OdooSettings().postgres >= one.least_postgres


@EACH
def test_demo_data_takes_an_option_only_against_the_default(one: series.SeriesFacts) -> None:
    assert one.demo_options(one.demo) == ()
    assert one.demo_options(not one.demo) == (one.demo_option,)


def test_demo_data_by_series() -> None:
    assert series.known_series("18.0", "").demo_options(False) == ("--without-demo=all",)
    assert series.known_series("19.0", "").demo_options(True) == ("--with-demo",)


def test_the_table_is_in_order_and_complete() -> None:
    assert [one.major for one in series.TABLE] == [17, 18, 19, 20]
    assert [one.name for one in series.TABLE if one.assumed] == ["20.0"]


@pytest.mark.parametrize("name", ["16.0", "21.0", "19", "saas~18.2", "", "19.0 ", "x\ny"])
def test_another_series_is_refused_with_its_name_and_the_known_ones(name: str) -> None:
    with pytest.raises(InputError) as caught:
        series.known_series(name, "--series")
    assert (
        caught.value.message == f"Odoo {name!r} (--series) is not a series that the pipeline knows"
    )
    assert caught.value.fix == "use one of: 17.0, 18.0, 19.0, 20.0"


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("19.0.1.0.0", "19.0"),
        ("16.0.1.0", "16.0"),
        ("8.0.2", "8.0"),
        ("saas~18.2.1.0.0", "saas~18.2"),
        ("1.0", ""),
        ("7.0.1.0.0", ""),
        ("19.0", ""),
        ("119.0.1", ""),
        ("19.1.0", ""),
        ("", ""),
    ],
)
def test_the_series_in_a_version(version: str, name: str) -> None:
    assert series.in_version(version) == name


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("odoo:19.0", "19.0"),
        ("odoo:18", "18.0"),
        ("registry.example.org:5000/mirror/odoo:17.0-20260723", "17.0"),
        (f"odoo:20.0@sha256:{'a' * 64}", "20.0"),
        ("odoo:16.0", "16.0"),
        ("odoo", ""),
        ("odoo:latest", ""),
        ("acme/odoo-care:1.2", ""),
        ("acme/odoo:1.2.3", ""),
        ("acme/odoo:12", ""),
        ("acme/odoo:16.0", "16.0"),
    ],
)
def test_the_series_in_an_image(image: str, name: str) -> None:
    assert series.in_image(image) == name
