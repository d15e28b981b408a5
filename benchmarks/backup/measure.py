"""Backups of this pipeline next to those of the usual script: seconds and bytes, twice.

    eval "$(scripts/engine/engine env)"; python benchmarks/backup/measure.py [--files 5000]

On a stand-in for a VM (tests/bed), with real Docker, Odoo and PostgreSQL, both ways in one run. The
script is `pg_dump | gzip`, `tar` of the filestore, `docker save | gzip`. A backup counts when it is
on the disk: `tar` leaves it in memory, so its file is synced as those of this pipeline are; how
long `tar` took without is told too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bed")]

from bed import machine  # noqa: E402
from bed_addons import boats  # noqa: E402
from bed_project import LABEL, copy_project  # noqa: E402
from bed_registry import Registry  # noqa: E402
from bed_stage import BACKUPS, HOME, OLD, RUNS, Stage, prepared  # noqa: E402

KILOBYTES = 200
_FILES = f"""
import os
for number in range(FROM, TO):
    env["ir.attachment"].create(
        {{"name": f"measured {{number}}", "raw": os.urandom({KILOBYTES} << 10)}}
    )
env.cr.commit()
"""
_SHELL = f"cd {HOME} && docker compose exec -T odoo-mta-web odoo shell --no-http -d mta-uat"
_SCRIPT = """
set -euo pipefail
mkdir -p /backups/script && cd /backups/script && rm -f *
took() {
  begin=$(date +%s%N); bash -c "set -o pipefail; $2"; end=$(date +%s%N)
  echo "MEASURED $1 $(((end - begin) / 1000000)) $(stat -c %s $3)"
}
volume=/var/lib/docker/volumes/odoo-mta_odoo-data/_data
image=$(sed -n 's/^ODOO_IMAGE=//p' /opt/odoo-mta/.env)
took database "docker exec odoo-mta-db pg_dump -U odoo mta-uat | gzip > db.sql.gz" db.sql.gz
tar="tar -cf filestore.tar -C $volume filestore"
took filestore-in-memory "$tar" filestore.tar
rm filestore.tar; sync -f .
took filestore "$tar; sync filestore.tar" filestore.tar
took image "docker save $image | gzip > image.tar.gz" image.tar.gz
"""
#: The image is in backups of PROD alone; it is saved here by the same code.
_IMAGE = f"""
import json, sys, time
from pathlib import Path
sys.path.insert(0, "/home/ubuntu/.local/share/odoo-pipeline/pipeline.pyz")
from pipeline.core.settings.environments import resolve
from pipeline.core.settings import load
from pipeline.environment.backup import images
from pipeline.environment.host.host import Host
from pipeline.environment.operations.steps import deployed
settings = load(Path("/opt/odoo-mta"))
host = Host(resolve(settings.project.name, settings.environments, "uat"))
image, folder = deployed.read(host).image, Path("{BACKUPS}")
before = {{path for path in folder.rglob("*") if path.is_file()}}
begin = time.monotonic()
images.save(host, folder, image.reference, image.id)
seconds = time.monotonic() - begin
made = {{path for path in folder.rglob("*") if path.is_file()}} - before
print(json.dumps({{"seconds": seconds, "bytes": sum(path.stat().st_size for path in made)}}))
"""

Row = dict[str, float]


def make_files(stage: Stage, begin: int, end: int) -> None:
    """Attachments with content that cannot be compressed."""
    text = _FILES.replace("FROM", str(begin)).replace("TO", str(end))
    stage.machine.root(_SHELL, input=text.encode(), timeout=1200)


def by_script(stage: Stage) -> dict[str, Row]:
    """Seconds and bytes of each part."""
    said = stage.machine.root("bash -s", input=_SCRIPT.encode(), timeout=1200).out
    rows = [line.split()[1:] for line in said.splitlines() if line.startswith("MEASURED ")]
    return {part: {"seconds": int(ms) / 1000, "bytes": int(size)} for part, ms, size in rows}


def by_pipeline(stage: Stage) -> dict[str, Row]:
    """The same of a backup of this pipeline, by its journal and its manifest."""
    stage.pipeline("backup", "create", "--reason", "measured", timeout=1200)
    said = stage.machine.root(f"cat $(ls -d {RUNS}/* | tail -1)/journal.jsonl").out
    at = {
        str(event.get("text", event["event"]))[:10]: event["at"]
        for event in map(json.loads, said.splitlines())
    }
    newest = f"cat $(ls -t {BACKUPS}/manifest_*.json | head -1)"
    manifest = json.loads(stage.machine.root(newest).out)
    sent = _IMAGE.encode()
    image = json.loads(stage.machine.root("su ubuntu -c 'python3 -'", input=sent, timeout=1200).out)
    store = manifest["filestore"]
    begin, middle, end = at["dumping th"], at["copying th"], at["counting t"]
    new = store["size"] * (store["files"] - store["linked"]) / max(1, store["files"])
    filestore = {"seconds": end - middle, "bytes": new}
    return {
        "database": {"seconds": middle - begin, "bytes": manifest["dump"]["size"]},
        "filestore-in-memory": filestore,  # here it is on the disk all the same
        "filestore": filestore,
        "image": image,
    }


def main() -> None:
    """Print both as one table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with machine("uat", folder / "keys", folder / "log") as vm:
            registry = Registry()
            (folder / "project").mkdir()
            pushed = {OLD: registry.push(f"uat-v{OLD}", boats("1.0"), {LABEL: OLD})}
            stage = prepared(vm, copy_project(folder / "project"), registry, pushed)
            stage.pipeline(*stage.deploy(OLD), timeout=600)
            make_files(stage, 0, files)
            _table("first", files, by_script(stage), by_pipeline(stage))
            more = max(1, files // 100)
            make_files(stage, files, files + more)
            _table(f"second, {more} files more", files, by_script(stage), by_pipeline(stage))


def _table(title: str, files: int, script: dict[str, Row], ours: dict[str, Row]) -> None:
    print(f"\n{title} backup, {files} files of {KILOBYTES} KB\n")
    print("| part | script, s | here, s | script takes | script, MB | here, MB |")
    print("|---|---|---|---|---|---|")
    for part, row in script.items():
        own = ours[part]
        ratio = row["seconds"] / max(own["seconds"], 0.001)
        sizes = f"{row['bytes'] / 1e6:.1f} | {own['bytes'] / 1e6:.1f}"
        print(f"| {part} | {row['seconds']:.2f} | {own['seconds']:.2f} | {ratio:.1f} x | {sizes} |")


if __name__ == "__main__":
    main()
