"""What a chain of versions runs on its VM: shell scripts, and lines for `odoo shell` and psql."""

from __future__ import annotations

#: What injects faults on a VM, and the disk that everything lies on which a deployment writes.
TOOLS, DISK = "/usr/local/lib/bed", "/mnt/disk"
#: The disk, with the folders and the volumes on it.
MAKE_DISK = f"""
set -eu
umount -l {DISK} 2>/dev/null || true
rm -f /srv/disk && truncate -s 12G /srv/disk && mkfs.ext4 -q -m 0 /srv/disk
mkdir -p {DISK} /opt /backups && mount -o loop /srv/disk {DISK} && rmdir {DISK}/lost+found
cd {DISK} && mkdir opt backups postgres odoo
mount --bind opt /opt && mount --bind backups /backups
"""
#: The volumes as Compose would make them, in folders of the disk.
MAKE_VOLUMES = f"""
for one in postgres odoo; do
  docker volume create --label com.docker.compose.project=odoo-mta \\
    --label com.docker.compose.volume=$one-data \\
    --opt type=none --opt o=bind --opt device={DISK}/$one odoo-mta_$one-data >/dev/null
done
"""
#: What injects faults: a program before `docker`, and a hook in every Python.
INSTALL_TOOLS = f"""
set -eu
cat >/usr/local/bin/docker <<'END'
#!/bin/sh
[ -e /run/bed/plan.json ] || exec /usr/bin/docker "$@"
exec python3 -IS {TOOLS}/bed_programs.py /usr/bin/docker "$@"
END
chmod 755 /usr/local/bin/docker
folder=$(python3 -c 'import site; print(site.getsitepackages()[0])')
mkdir -p "$folder"
cat >"$folder/bed.pth" <<'END'
{TOOLS}
import os; os.path.exists("/run/bed/plan.json") and __import__("bed_hook")
END
"""
#: PostgreSQL that answers later once, when a file in its folder says so.
LATE_ENTRY = """
late=/var/lib/postgresql/data/late
if [ -e $late ]; then rm $late; sleep 30; fi
exec docker-entrypoint.sh "$@"
"""
STOP_ALL = r"""
set -u
rm -rf /run/bed
iptables -F INPUT; iptables -F OUTPUT
for process in $(pgrep -u ubuntu); do kill -9 "$process"; done
docker ps -aq | xargs -r docker rm -f -v >/dev/null
true
"""
SAVE = f"set -eu; rm -rf /srv/stage; mkdir -p /srv/stage; cp -a {DISK}/. /srv/stage/"
PUT_BACK = f"set -eu; find {DISK} -mindepth 2 -delete; cp -a /srv/stage/. {DISK}/"
#: Typed into `odoo shell`.
WRITE_RECORDS = """
env["bed.boat"].create([{"name": "Ada"}, {"name": "Grace"}])
for number in range(20):
    env["ir.attachment"].create({"name": f"staged {number}", "raw": b"%d" % number * 5000})
env.cr.commit()
"""
#: What waits to be sent, as the add-on `mail` has it, which takes long to install.
CREATE_MAILS = "CREATE TABLE mail_mail (id serial PRIMARY KEY, state text);\n"
EMPTY = """
set -eu
docker compose rm --stop --force odoo-mta-web odoo-mta-cron
docker ps -aq --filter name=pipeline- | xargs -r docker rm -f -v
docker compose up --detach --wait postgres odoo-mta-proxy
docker exec odoo-mta-db psql -U odoo -d postgres -tAc "SELECT datname FROM pg_database
  WHERE datname LIKE 'mta-%'" | while read -r name; do
  docker exec odoo-mta-db psql -U odoo -d postgres -qc "DROP DATABASE \\"$name\\" WITH (FORCE)"
done
rm -rf .deployments {disk}/odoo/filestore proxy/state/*
find /backups -type f -delete; find /backups -mindepth 3 -type d -delete
sed -i 's/^ODOO_IMAGE=.*/ODOO_IMAGE=/; s/^ODOO_VERSION=.*/ODOO_VERSION=/' .env
"""
