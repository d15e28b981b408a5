#!/usr/bin/env bash
# The same checks as `dagger call ci`, one after the other, as a home-grown script does them: no
# cache, no graph. It leaves out the image build, for want of Docker, which is in its favour.
# Runs in an Odoo container with the tools, as root; the working directory is the source.
set -uo pipefail
out=$(mktemp -d)
failed=0
step() { "${PYTHON:-python}" "$PIPELINE" "$@" --output "$out" || failed=1; }

for name in lint gitignore secrets manifests modules test-python; do
  step "$name"
done
plan=$(python "$PIPELINE" plan) || exit
modules=$(jq -r '.preinstall | join(",")' <<<"$plan")
PYTHON=/opt/odoo/bin/python
"$PYTHON" "$PIPELINE" prepare-database --modules "$modules" || exit
for addon in $(jq -r '.units[].addon' <<<"$plan"); do
  step test-addon "$addon"
done
PYTHON=python
step coverage --results "$out"
python "$PIPELINE" summary --results "$out"
exit "$failed"
