"""[environments.uat] and [environments.prod]: what follows from the names, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.settings import load, parse
from pipeline.core.settings.environments import Environments, resolve


def test_the_places_of_the_guide():
    uat = resolve("odoo-mta", Environments(), "uat")
    assert (uat.directory, uat.backups) == (Path("/opt/odoo-mta"), Path("/backups/odoo-mta/test"))
    assert (uat.database, uat.proxy_service) == ("mta-uat", "odoo-mta-proxy")
    prod = resolve("odoo-mta", Environments(), "prod")
    assert prod.directory == Path("/opt/odoo-mta-prod")
    assert prod.backups == Path("/backups/odoo-mta/prod")
    assert (prod.database, prod.database_user) == ("mta-prod", "odoo")
    assert (prod.database_container, prod.web_service) == ("odoo-mta-db", "odoo-mta-web")
    assert prod.production and not uat.production


def test_what_the_file_says_goes_first():
    settings = parse(
        {"environments": {"prod": {"database": "live", "port": 80, "install": ["sale"]}}}
    )
    prod = resolve("odoo-mta", settings.environments, "prod")
    assert (prod.database, prod.url, prod.install) == ("live", "http://127.0.0.1:80", ("sale",))
    assert resolve("odoo-mta", settings.environments, "uat").database == "mta-uat"


def test_this_project_deploys_where_the_guide_says():
    settings = load(Path(__file__).parents[3])
    prod = resolve(settings.project.name, settings.environments, "prod")
    assert prod.dotenv == Path("/opt/odoo-mta-prod/.env")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"staging": {}}, "unknown section [environments.staging]"),
        ({"uat": 3}, "`environments.uat` must be a section"),
        ({"uat": {"databas": "x"}}, "unknown key `databas` in [environments.uat]"),
        ({"uat": {"port": "80"}}, "[environments.uat] port = '80' has the wrong type"),
        ({"uat": {"port": 0}}, "[environments.uat] port = 0 is not possible"),
        ({"uat": {"directory": "opt"}}, "directory = 'opt' is not possible"),
        ({"uat": {"directory": "/"}}, "directory = '/' is not possible"),
        ({"uat": {"backups": "/a/../b"}}, "backups = '/a/../b' is not possible"),
        ({"uat": {"database": "x; DROP"}}, "database = 'x; DROP' is not possible"),
        ({"prod": {"database": '"'}}, "database = '\"' is not possible"),
        ({"prod": {"web_service": "-f"}}, "web_service = '-f' is not possible"),
        ({"prod": {"install": ["a,b"]}}, "install = 'a,b' is not possible"),
        ({"prod": {"health_seconds": 0}}, "health_seconds = 0 is not possible"),
        ({"prod": {"command_seconds": 0}}, "command_seconds = 0 is not possible"),
        ({"prod": {"boot_seconds": "5 min"}}, "boot_seconds = '5 min' has the wrong type"),
        ({"uat": {"slowest_mib_per_second": 0}}, "slowest_mib_per_second = 0 is not possible"),
        ({"prod": {"keep_daily": -1}}, "keep_daily = -1 is not possible"),
    ],
)
def test_what_is_refused(values, says):
    with pytest.raises(SettingsError) as error:
        parse({"environments": values})
    assert says in str(error.value)
