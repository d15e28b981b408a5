"""A small add-on in versions: what the images of deployments' tests hold."""

from __future__ import annotations

from textwrap import dedent

ADDONS = "/mnt/extra-addons"
_ACCESS = (
    "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "access_fleet,fleet,model_bed_boat,base.group_user,1,1,1,1\n"
)


def boats(version: str, field: str = "", migration: str = "", model: str = "") -> dict[str, str]:
    """The files of an add-on with one model, `bed.boat`.

    Args:
        version: last part of its version, such as ``1.0``.
        field: a line of Python for another field.
        migration: Python that the migration to this version runs, with `cr` at hand.
        model: Python of another model, which makes another table.
    """
    full = f"19.0.{version}.0"
    manifest = (
        "{\n    'name': 'Boats',\n    'version': '%s',\n    'license': 'LGPL-3',\n"
        "    'author': 'Testers',\n    'depends': ['base'],\n"
        "    'data': ['security/ir.model.access.csv'],\n}\n"
    ) % full
    code = dedent("""
        from odoo import fields, models


        class Boat(models.Model):
            _name = "bed.boat"
            _description = "Boat"

            name = fields.Char(required=True)
        """).lstrip()
    if field:
        code += f"    {field}\n"
    code += dedent(model)
    files = {
        "__init__.py": "from . import models\n",
        "__manifest__.py": manifest,
        "models.py": code,
        "security/ir.model.access.csv": _ACCESS,
    }
    if migration:
        body = "".join(f"    {line}\n" for line in dedent(migration).strip().splitlines())
        files[f"migrations/{full}/post-migrate.py"] = f"def migrate(cr, version):\n{body}"
    return {f"{ADDONS}/bed_boats/{name}": text for name, text in files.items()}
