"""Test add-ons as OCA's CI does it: one database, one process. Runs in Odoo's container as root.

    one_process.py ADDON…

Prints, as the last line, a JSON object: the seconds of each of its two commands. What the container
holds already (Odoo, packages, a database server) is not counted, which is in its favour.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

SERVER, DATABASE = os.environ["PIPELINE_SERVER"], "one_process"
WORK = Path("/tmp/one-process")
PYTHON = "/opt/venv/bin/python"
PATHS = f"{WORK}/source,/usr/lib/python3/dist-packages/odoo/addons"


def odoo(*options: str) -> float:
    """Seconds of one run of Odoo; one that fails is told, and counts as well."""
    user = ["setpriv", "--reuid=odoo", "--regid=odoo", "--init-groups", "--"]
    measured = [PYTHON, "-m", "coverage", "run", "--branch", f"--source={WORK}/source"]
    place = [f"--db_host={SERVER}", "--db_user=odoo", f"--database={DATABASE}"]
    place += [f"--addons-path={PATHS}", f"--data-dir={WORK}/data", "--stop-after-init"]
    begin = time.monotonic()
    done = subprocess.run(
        [*user, *measured, "/usr/bin/odoo", *place, *options],
        env={**os.environ, "HOME": str(WORK), "ODOO_RC": f"{WORK}/odoo.conf"},
        cwd=WORK,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stderr[-2000:])
    return time.monotonic() - begin


def main() -> None:
    """Install what the add-ons need, then the add-ons with their tests."""
    addons = sys.argv[1:]
    shutil.copytree("/src", WORK / "source", symlinks=True)
    (WORK / "odoo.conf").write_text("[options]\n", encoding="utf-8")
    subprocess.run(["chown", "-R", "odoo:odoo", str(WORK)], check=True)
    connection = psycopg2.connect(host=SERVER, user="odoo", dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {DATABASE}")
    needed = set()
    for addon in addons:
        text = (WORK / "source" / addon / "__manifest__.py").read_text(encoding="utf-8")
        needed.update(ast.literal_eval(text).get("depends", []))
    seconds = {
        "preparing": odoo(f"--init={','.join(sorted({'base', *needed} - {*addons}))}"),
        "testing": odoo(
            f"--init={','.join(addons)}", f"--test-tags={','.join(f'/{name}' for name in addons)}"
        ),
    }
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
