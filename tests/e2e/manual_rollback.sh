# The guide's commands, as a person types them on the VM of PROD.
cd /opt/odoo-mta-prod
docker-compose ps
docker-compose logs >/dev/null

# Find latest backup manifest
ls -t /backups/odoo-mta/prod/manifest_*.json | head -1

# Restore database
BACKUP_DIR=/backups/odoo-mta/prod
LATEST=$(ls -t "$BACKUP_DIR"/database_*.dump.gz | head -1)
zcat "$LATEST" | docker exec -i odoo-mta-db psql -U odoo -d mta-prod

# Restart
docker-compose -f docker-compose.yml -f docker-compose.prod.yml down
docker-compose -f docker-compose.yml -f docker-compose.prod.yml up -d

docker-compose ps
