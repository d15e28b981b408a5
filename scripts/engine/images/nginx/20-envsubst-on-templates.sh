#!/bin/sh
# Fill the templates: /etc/nginx/templates/x.conf.template becomes
# /etc/nginx/conf.d/x.conf. Only variables that are set are replaced, so that
# nginx's own ($host, $uri, …) stay.
set -eu

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
filter=${NGINX_ENVSUBST_FILTER:-}

[ -d "$templates" ] || exit 0
# shellcheck disable=SC2016  # the dollar is for envsubst
names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | grep -E -- "$filter" | sed 's/.*/${&}/' | tr '\n' ' ')

find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
    relative=${template#"$templates/"}
    target=$output/${relative%"$suffix"}
    mkdir -p "$(dirname "$target")"
    echo "filling $target from $template"
    envsubst "$names" <"$template" >"$target"
done
