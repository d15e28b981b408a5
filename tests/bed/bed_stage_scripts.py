"""Scripts that set the stage on a VM, put it back, and look at its files."""

from __future__ import annotations

#: Typed into `odoo shell`.
WRITE_RECORDS = """
env["bed.boat"].create([{"name": "Ada"}, {"name": "Grace"}])
for number in range(20):
    env["ir.attachment"].create({"name": f"staged {number}", "raw": b"%d" % number * 5000})
env.cr.commit()
"""
SAVE = r"""
set -eu
cd /opt/odoo-mta && docker compose stop
rm -rf /srv/stage && mkdir -p /srv/stage/files /srv/stage/volumes
cp -a --parents /opt /backups /home/ubuntu/.local /usr/local/bin /etc/systemd/system \
  /srv/stage/files
for volume in postgres-data odoo-data; do
  cp -a "/var/lib/docker/volumes/odoo-mta_$volume/_data" "/srv/stage/volumes/$volume"
done
"""
PUT_BACK = r"""
set -eu
cp -a /srv/stage/files/. /
gpasswd -a ubuntu docker >/dev/null
for volume in postgres-data odoo-data; do
  docker volume create --label com.docker.compose.project=odoo-mta \
    --label "com.docker.compose.volume=$volume" "odoo-mta_$volume" >/dev/null
  place="/var/lib/docker/volumes/odoo-mta_$volume/_data"
  find "$place" -mindepth 1 -delete
  cp -a "/srv/stage/volumes/$volume/." "$place"
done
su - ubuntu -c 'cd /opt/odoo-mta && docker compose up -d --quiet-pull'
image=$(sed -n 's/^ODOO_IMAGE=//p' /opt/odoo-mta/.env)
id=$(docker image inspect --format '{{.Id}}' "$image" | cut -d: -f2)
docker tag "$image" "odoo-mta:kept-uat-$(printf %.12s "$id")"
"""
#: Names in the filestore whose file is not what its name says.
BAD_FILES = r"""
cd /var/lib/docker/volumes/odoo-mta_odoo-data/_data/filestore/mta-uat
docker exec odoo-mta-db psql -U odoo -d mta-uat -tAc \
  "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL" |
while read -r name; do
  echo "${name##*/}  $name"
done | sha1sum --check --quiet 2>&1 | grep -v WARNING || true
"""
