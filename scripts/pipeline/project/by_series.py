"""The templates, which are those of a 19.0 project, as another series of Odoo needs them."""

from __future__ import annotations

from pipeline.core.versions.series import TABLE, SeriesFacts
from pipeline.project.edits import changed

#: The series that the templates are written for, because this project has it.
WRITTEN_FOR = next(one for one in TABLE if one.name == "19.0")

_FLAG = " --break-system-packages"
_WORKERS = """    environment:
      <<: *odoo-environment
      ODOO_WORKERS: ${ODOO_WORKERS:-2}
"""
_SERVED = "--database=${ODOO_DATABASE:-mta-dev}"
_FROM_VARIABLES = """The database, its password and the number of workers come
; from the environment of the container (docker-compose.yml).
"""
_FROM_OPTIONS = """The database and the number of workers are options of
; the commands in docker-compose.yml; the password comes from the environment of the container.
"""
_LISTENING = """
; The proxy is another container: this series listens on 127.0.0.1 alone without it.
http_interface = 0.0.0.0
"""


def fitted(name: str, text: str, series: SeriesFacts) -> str:
    """A template for a series.

    Args:
        name: of the file.
        text: the template.
        series: of the project that gets it.

    Raises:
        InputError: the template is not that of this version.
    """
    edits = {
        "Dockerfile": _dockerfile,
        "docker-compose.yml": _compose,
        "docker-compose.override.yml": _override,
        "config/odoo.conf": _odoo_conf,
    }
    return edits[name](text, series) if name in edits else text


def _dockerfile(text: str, series: SeriesFacts) -> str:
    return text if series.managed else changed("Dockerfile", text, _FLAG, "")


def _compose(text: str, series: SeriesFacts) -> str:
    """Odoo's options as such, where it does not read them from variables."""
    if series.reads_variables:
        return text
    name = "docker-compose.yml"
    text = changed(name, text, _WORKERS, "")
    web = f"[odoo, '{_SERVED}', '--workers=${{ODOO_WORKERS:-2}}', --max-cron-threads=0]"
    text = changed(name, text, "[odoo, --max-cron-threads=0]", web)
    cron = "[odoo, --no-http,"
    text = changed(name, text, cron, f"[odoo, '{_SERVED}', --no-http,")
    served = "    # The one database that Odoo serves"
    told = "    # For psql; Odoo itself gets it as an option, because it reads no variables.\n"
    return changed(name, text, served, told + served)


def _override(text: str, series: SeriesFacts) -> str:
    name = "docker-compose.override.yml"
    if series.demo_options(True) != WRITTEN_FOR.demo_options(True):
        wanted = "".join(f"{option} " for option in series.demo_options(True))
        text = changed(name, text, f"{WRITTEN_FOR.demo_option} ", wanted)
    if series.reads_variables:
        return text
    text = changed(name, text, '--init "base', '--database "$$PGDATABASE" --init "base')
    typed = "--stop-after-init --update"
    text = changed(name, text, typed, f"--database mta-dev {typed}")
    web = f"[odoo, '{_SERVED}', '--workers=${{ODOO_WORKERS:-2}}', --max-cron-threads=0, --dev=xml]"
    return changed(name, text, "[odoo, --max-cron-threads=0, --dev=xml]", web)


def _odoo_conf(text: str, series: SeriesFacts) -> str:
    name = "config/odoo.conf"
    if not series.reads_variables:
        text = changed(name, text, _FROM_VARIABLES, _FROM_OPTIONS)
    if not series.everywhere:
        last = "proxy_mode = True\n"
        text = changed(name, text, last, last + _LISTENING)
    return text
