# The image of this project: Odoo, the add-ons, and the Python packages that they import. The same
# commit makes the same layers, whenever and wherever it is built: no layer holds a time of the
# build, not even that of a folder. docs/images.md tells the rest.
ARG ODOO_IMAGE=odoo:19.0

FROM ${ODOO_IMAGE} AS tools
USER root
# Odoo puts a file's time into the URLs of its asset bundles. A time made from the content changes
# the URL of what changed and of nothing else.
COPY <<'EOF' /settle.py
import hashlib, os
for folder, folders, files in os.walk("/parts", topdown=False):
    for name in files + folders:
        path = os.path.join(folder, name)
        seconds = 1_000_000_000
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                seconds += int(hashlib.sha256(file.read()).hexdigest()[:7], 16)
            os.chmod(path, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)
        elif not os.path.islink(path):
            os.chmod(path, 0o755)
        os.utime(path, (seconds, seconds), follow_symlinks=False)
EOF

FROM tools AS addons
COPY odoo_addons /parts/mnt/extra-addons
RUN python3 /settle.py

# Only its result counts: the next stage stays as it is while the manifests need the same.
FROM addons AS needed
COPY <<'EOF' /needed.py
import ast, pathlib
found = set()
for path in pathlib.Path("/parts/mnt").glob("*/*/__manifest__.py"):
    manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
    if manifest.get("installable", True):
        found.update(manifest.get("external_dependencies", {}).get("python", ()))
for name in sorted(found):
    print(name)
EOF
RUN python3 /needed.py >/needed.txt

FROM tools AS packages
# Pinned with hashes. They go beside Odoo's own, which the distribution manages. With this variable
# Python's bytecode holds no times.
ENV SOURCE_DATE_EPOCH=1000000000
# Odoo without its own requirements, for pip: it would replace packages of the distribution whose
# names or versions differ, where an add-on (odoo-addon-…) requires Odoo.
COPY <<'EOF' /odoo_alone.py
import importlib.metadata, pathlib
try:
    version = importlib.metadata.version("odoo")
except importlib.metadata.PackageNotFoundError:
    raise SystemExit
folder = pathlib.Path("/odoo-alone", f"odoo-{version}.dist-info")
folder.mkdir(parents=True)
(folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: odoo\nVersion: {version}\n")
EOF
RUN python3 /odoo_alone.py
COPY requirements.txt /requirements.txt
# `dagger call --netrc` gives the login of a private index or repository; there is none otherwise.
RUN --mount=type=secret,id=netrc,target=/root/.netrc mkdir /parts \
    && if grep -q '^[^#]' /requirements.txt; then \
      PYTHONPATH=/odoo-alone python3 -m pip install --root=/parts --no-cache-dir --break-system-packages \
        --require-hashes -r /requirements.txt; \
    fi
# What manifests name and neither Odoo nor the file above has: the newest, for nobody has pinned it.
COPY --from=needed /needed.txt /needed.txt
RUN --mount=type=secret,id=netrc,target=/root/.netrc if [ -s /needed.txt ]; then \
      PYTHONPATH="$(find /parts -type d -name '*-packages' | paste -s -d :)" \
      python3 -m pip install --root=/parts --no-cache-dir --break-system-packages \
        -r /needed.txt; \
    fi \
    && python3 /settle.py

FROM ${ODOO_IMAGE}
USER root
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# COPY would give folders the time of the build; and those that are there keep their owners and modes.
RUN --mount=type=bind,from=packages,source=/parts,target=/media \
    tar -C /media -c . | tar -C / -x --no-overwrite-dir \
    && find /media -mindepth 1 -type d -printf '/%P\0' | xargs -0 --no-run-if-empty touch -d @1000000000
RUN --mount=type=bind,from=addons,source=/parts,target=/media \
    tar -C /media -c . | tar -C / -x --no-overwrite-dir \
    && find /media -mindepth 1 -type d -printf '/%P\0' | xargs -0 touch -d @1000000000
SHELL ["/bin/sh", "-c"]
USER odoo

# Version, commit and the commit's date are added by `dagger call build`.
LABEL org.opencontainers.image.title="odoo-mta" \
      org.opencontainers.image.description="Odoo with the add-ons of odoo-mta" \
      org.opencontainers.image.licenses="LGPL-3.0-or-later"
