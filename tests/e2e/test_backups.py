"""Backups on a VM, of a database that has more in it than Odoo made: restored, and tried."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest

from bed import ROOT
from bed_addons import boats
from bed_project import LABEL, psql
from bed_registry import ADDRESS
from bed_stage import BACKUPS, HOME, OLD, RUNS

pytestmark = pytest.mark.faults

MORE = """
CREATE PUBLICATION for_bi FOR ALL TABLES; CREATE CAST (int AS interval) WITH INOUT;
CREATE SCHEMA tools; CREATE EXTENSION hstore WITH SCHEMA tools; CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; SELECT lo_from_bytea(50001, 'kept');
CREATE FUNCTION tools.refuse() RETURNS event_trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'no tables are dropped here'; END $$;
CREATE EVENT TRIGGER stubborn ON sql_drop EXECUTE FUNCTION tools.refuse();
"""
#: As the guide has it.
BY_HAND = f"""
BACKUP_DIR={BACKUPS}
LATEST=$(ls -t "$BACKUP_DIR"/database_*.dump.gz | head -1)
zcat "$LATEST" | docker exec -i odoo-mta-db psql -U odoo -d mta-uat
"""
LOOK = (
    f"cat $(ls -t {BACKUPS}/manifest_*.json | head -1) && gzip -t {BACKUPS}/database_*.dump.gz && "
    f"ls -lh {BACKUPS}/"
)


#: `docker save` of Docker 20.10 is played, its `docker load` is the machine's own.
_OLD_LAYOUT = f"""
import sys
from pathlib import Path
sys.path.insert(0, "/home/ubuntu/.local/share/odoo-pipeline/pipeline.pyz")
from pipeline.core.settings.environments import resolve
from pipeline.core.settings import load
from pipeline.environment.backup import images
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host
real = docker.docker
docker.docker = lambda *words: ("cat", "/tmp/old.tar") if words[0] == "save" else real(*words)
settings, folder = load(Path("{HOME}")), Path("/tmp/old-layout")
host = Host(resolve(settings.project.name, settings.environments, "uat"))
image = sys.argv[1]
assert images.save(host, folder, "old:1", image).written
assert not images.save(host, folder, "old:1", image).written
images.load(host, folder, image)
"""


def test_an_image_in_the_layout_of_docker_before_25_is_loaded(stage) -> None:
    sys.path.append(str(ROOT / "tests" / "integration" / "environment"))
    import saved_images

    out = io.BytesIO()
    saved_images.write(out, "sha256:old", "old:1", old=True)
    machine = stage.machine
    machine.root("cat >/tmp/old.tar && chmod 644 /tmp/old.tar", input=out.getvalue())
    found = machine.root("tar -tf /tmp/old.tar | grep -x '[0-9a-f]*[.]json'").out
    image = f"sha256:{found.strip().removesuffix('.json')}"
    machine.root(f"su ubuntu -c 'python3 - {image}'", input=_OLD_LAYOUT.encode(), timeout=300)
    layers = "{{len .RootFS.Layers}} {{.RepoTags}}"
    said = machine.root(f"docker image inspect --format '{layers}' {image}").out
    assert said.split()[0] == "3" and "old:1" in said
    machine.root("docker rmi old:1 && rm -rf /tmp/old.tar /tmp/old-layout")


@pytest.fixture(scope="module")
def printing(registry) -> str:
    """A base in this session's repository: Odoo's image with wkhtmltopdf."""
    base = f"{registry.repository}:printing"
    command = ["dagger", "--progress=plain", "call", "-m", str(ROOT / "tests" / "bed")]
    subprocess.run([*command, "printing", f"--address={ADDRESS}/{base}"], check=True, timeout=900)
    return base


def test_a_drill_makes_a_pdf_where_the_image_can(stage, printing) -> None:
    """The image that runs has wkhtmltopdf, and it is on the drill's network that it finds Odoo."""
    digest = stage.registry.push("uat-v1.0.1", boats("1.0"), {LABEL: "1.0.1"}, base=printing)
    image = f"{stage.registry.name}@{digest}"
    stage.pipeline("deploy", "--image", image, "--version", "1.0.1", timeout=600)
    stage.pipeline("backup", "create")
    said = stage.pipeline("backup", "verify", "--restore", timeout=600)
    assert re.search(r"a PDF of [1-9]\d* KB was made", said), said


def test_a_database_with_more_in_it_is_restored_by_hand_and_tried(stage) -> None:
    machine = stage.machine
    more = "docker exec -i odoo-mta-db psql -q -U odoo -d mta-uat -v ON_ERROR_STOP=1"
    machine.root(more, input=MORE.encode())
    stage.pipeline("backup", "create")
    machine.root(more, input=b"CREATE PUBLICATION later FOR ALL TABLES; CREATE SCHEMA later;")
    said = stage.pipeline("backup", "verify", "--restore", timeout=600)
    assert "restored twice" in said and "Odoo works on the restored data" in said
    assert "no PDF was made: the image has no wkhtmltopdf" in said  # Debian has none any more
    assert machine.root("docker network ls --quiet --filter name=pipeline-").out == ""
    assert psql(machine, "SELECT count(*) FROM pg_publication") == "2"  # the live one is as it was
    for _ in range(2):
        said = machine.root(BY_HAND, timeout=300).out
        assert 'restored: "mta-uat" as of' in said, said
    assert psql(machine, "SELECT string_agg(pubname, ',') FROM pg_publication") == "for_bi"
    assert psql(machine, "SELECT convert_from(lo_get(50001), 'UTF8')") == "kept"
    assert (
        psql(
            machine,
            "SELECT extnamespace::regnamespace FROM pg_extension " "WHERE extname = 'hstore'",
        )
        == "tools"
    )
    machine.root(f"cd {HOME} && docker compose restart odoo-mta-web odoo-mta-cron", timeout=300)
    # The guide's own commands, by the user who deploys; and nobody else reads what has data.
    machine.root(f"su - ubuntu -c '{LOOK}'")
    closed = f"find {BACKUPS} {RUNS} /home/ubuntu/.local/state/odoo-pipeline -perm /077 -print"
    assert machine.root(closed).out == ""
    psql(machine, "ALTER EVENT TRIGGER stubborn DISABLE")
    assert stage.whole() == OLD
