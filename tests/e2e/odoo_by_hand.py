"""Run in the container of `dagger call odoo`: each add-on's tests as Odoo's own runner has them.

As in OCA's continuous integration, what an add-on needs of Odoo is installed by a run before: tests
of an add-on on accounting fail where the chart of accounts comes in the same run (contract 19.0).

``odoo_by_hand.py ADDON…`` prints, as the last line, a JSON object: exit code by add-on.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2

SERVER = os.environ["PIPELINE_SERVER"]
SOURCE, WORK = Path("/src"), Path("/tmp/by-hand")
#: The one has nothing but `base`, and what comes with it; each add-on gets a copy of it.
TEMPLATE, DATABASE = "by_hand_base", "by_hand"
BASE = Path("/usr/lib/python3/dist-packages/odoo/addons")
#: Where this container has one, for those who look around in it.
BROWSER = {
    "PATH": f"{os.environ['PATH']}:/opt/browser/bin",
    "PYTHONPATH": "/opt/browser/python",
}
#: What Debian's package lacks, and Odoo's own has: no tour passes without it.
LACKING = BASE / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def sql(statement: str) -> None:
    connection = psycopg2.connect(host=SERVER, user="odoo", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def odoo(database: str, data: Path, *more: str) -> int:
    """The exit code of a run of Odoo that ends by itself."""
    options = [f"--db_host={SERVER}", "--db_user=odoo", f"--database={database}"]
    options += [f"--addons-path={WORK / 'source'},{BASE}", f"--data-dir={data}"]
    data.mkdir(exist_ok=True)
    subprocess.run(["chown", "-R", "odoo:odoo", str(WORK)], check=True)
    user = ["setpriv", "--reuid=odoo", "--regid=odoo", "--init-groups", "--"]
    done = subprocess.run(
        [*user, "/opt/venv/bin/python", "/usr/bin/odoo", *options, *more, "--stop-after-init"],
        env={**os.environ, **BROWSER, "HOME": str(data), "ODOO_RC": str(WORK / "odoo.conf")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(f"===== {more}: {done.returncode}", done.stdout[-3000:] if done.returncode else "")
    return done.returncode


def tested(addon: str) -> int:
    """The exit code of the tests in a new database, which has nothing that it does not need."""
    data = WORK / "data"
    shutil.rmtree(data, ignore_errors=True)
    files = WORK / "base/filestore" / TEMPLATE
    shutil.copytree(files, data / "filestore" / DATABASE)
    sql(f"DROP DATABASE IF EXISTS {DATABASE}")
    sql(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    if needed := odoos_own(addon):
        assert odoo(DATABASE, data, f"--init={','.join(sorted(needed))}") == 0
    return odoo(DATABASE, data, f"--init={addon}", f"--test-tags=/{addon}")


def odoos_own(addon: str) -> set[str]:
    """The modules of Odoo that an add-on needs, itself or by others of the source."""
    manifest = WORK / "source" / addon / "__manifest__.py"
    if not manifest.exists():
        return {addon}
    depends = ast.literal_eval(manifest.read_text(encoding="utf-8"))["depends"]
    return set().union(*map(odoos_own, depends)) - {"base"}


def main() -> None:
    WORK.mkdir()
    shutil.copytree(SOURCE, WORK / "source", symlinks=True)
    LACKING.parent.mkdir(exist_ok=True)
    LACKING.touch()
    (WORK / "odoo.conf").write_text("[options]\n", encoding="utf-8")
    sql(f"CREATE DATABASE {TEMPLATE}")
    assert odoo(TEMPLATE, WORK / "base", "--init=base") == 0
    print(json.dumps({addon: tested(addon) for addon in sys.argv[1:]}))


if __name__ == "__main__":
    main()
