#!/bin/sh
# Before nginx starts, run what /docker-entrypoint.d holds, in order:
# executable *.sh files run, *.envsh files are read into this shell.
set -e

note() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "nginx entry point: $*"
}

if [ "${1:-}" = nginx ] || [ "${1:-}" = nginx-debug ]; then
    for file in /docker-entrypoint.d/*; do
        [ -e "$file" ] || continue
        if [ ! -x "$file" ]; then
            note "ignoring $file, which is not executable"
            continue
        fi
        case $file in
        *.envsh)
            note "reading $file"
            # shellcheck source=/dev/null
            . "$file"
            ;;
        *.sh)
            note "running $file"
            "$file"
            ;;
        *) note "ignoring $file" ;;
        esac
    done
fi
exec "$@"
