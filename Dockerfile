# The image of this project: Odoo, the add-ons, and the Python packages that they import.
ARG ODOO_IMAGE=odoo:19.0

FROM ${ODOO_IMAGE} AS addons
USER root
COPY odoo_addons /addons
# Odoo puts a file's time into the URLs of its asset bundles. A time made from the content changes
# the URL of what changed and of nothing else, on whichever machine the image is built.
RUN python3 - <<'EOF'
import hashlib, os
for folder, _, files in os.walk("/addons", topdown=False):
    for name in files:
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        os.chmod(path, 0o644)
        os.utime(path, (0, 1_000_000_000 + int(digest[:7], 16)))
    os.chmod(folder, 0o755)
    os.utime(folder, (0, 1_000_000_000))
EOF

FROM ${ODOO_IMAGE}
USER root
# Pinned with hashes. The packages go beside Odoo's own, which the distribution manages.
COPY requirements.txt /usr/local/share/odoo-addons/requirements.txt
RUN if grep -q '^[^#]' /usr/local/share/odoo-addons/requirements.txt; then \
      python3 -m pip install --no-cache-dir --break-system-packages --require-hashes \
        -r /usr/local/share/odoo-addons/requirements.txt; \
    fi
COPY --from=addons /addons /mnt/extra-addons
USER odoo

ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="odoo-mta" \
      org.opencontainers.image.description="Odoo with the add-ons of odoo-mta" \
      org.opencontainers.image.licenses="LGPL-3.0-or-later" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
