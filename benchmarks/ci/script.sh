#!/usr/bin/env bash
# The same checks as `dagger call ci`, one after the other, as a home-grown script does them: no
# cache, no graph. It leaves out the image build, for want of Docker, which is in its favour.
# Runs in an Odoo container with the tools, as root; the working directory is the source.
set -uo pipefail
out=$(mktemp -d)
failed=0
odoo_python=/opt/odoo/bin/python # that of the distribution's Odoo
# step PYTHON WORD... [OPTION...]
step() { "$1" "$PIPELINE" "${@:2}" --output "$out" || failed=1; }

for name in lint gitignore secrets manifests modules; do
  step python check "$name"
done
step python test python
plan=$(python "$PIPELINE" test plan) || exit
modules=$(jq -r '.preinstall | join(",")' <<<"$plan")
"$odoo_python" "$PIPELINE" test prepare-database --modules "$modules" || exit
for addon in $(jq -r '.units[].addon' <<<"$plan"); do
  step "$odoo_python" test addon "$addon"
done
step python test coverage --results "$out"
python "$PIPELINE" report summary --results "$out"
exit "$failed"
