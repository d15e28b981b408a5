#!/bin/bash
# Start Odoo once its database answers.
#
# Where the database is comes from HOST, PORT, USER and PASSWORD (or
# PASSWORD_FILE); what odoo.conf says goes before them.
set -euo pipefail

if [ -n "${PASSWORD_FILE:-}" ] && [ -z "${PASSWORD:-}" ]; then
    PASSWORD=$(<"$PASSWORD_FILE")
fi

# Compose links set the DB_PORT_5432_* names.
: "${HOST:=${DB_PORT_5432_TCP_ADDR:-db}}"
: "${PORT:=${DB_PORT_5432_TCP_PORT:-5432}}"
: "${USER:=${DB_ENV_POSTGRES_USER:-${POSTGRES_USER:-odoo}}}"
: "${PASSWORD:=${DB_ENV_POSTGRES_PASSWORD:-${POSTGRES_PASSWORD:-odoo}}}"

# configured NAME: the value of an option in odoo.conf, or nothing.
configured() {
    [ -r "$ODOO_RC" ] || return 0
    sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\(.*[^[:space:]]\)[[:space:]]*$/\1/p" "$ODOO_RC" |
        sed "s/^[\"']\(.*\)[\"']$/\1/" | tail -n 1
}

DB_ARGUMENTS=()
# database_option NAME DEFAULT
database_option() {
    local value
    value=$(configured "$1")
    DB_ARGUMENTS+=("--$1" "${value:-$2}")
}
database_option db_host "$HOST"
database_option db_port "$PORT"
database_option db_user "$USER"
database_option db_password "$PASSWORD"

# Help, version and the commands that use no database start at once.
serve() {
    case ${1:-} in
    scaffold | help | --help | -h | --version) exec odoo "$@" ;;
    cloc | deploy | genproxytoken | upgrade_code) exec odoo "$@" ;;
    esac
    wait-for-psql.py "${DB_ARGUMENTS[@]}" --timeout=30
    case ${1:-} in
    '' | -*) exec odoo "$@" "${DB_ARGUMENTS[@]}" ;;
    # An Odoo command comes before its options.
    *) exec odoo "$1" "${DB_ARGUMENTS[@]}" "${@:2}" ;;
    esac
}

case ${1:-} in
odoo | --)
    shift
    serve "$@"
    ;;
-*) serve "$@" ;;
*) exec "$@" ;;
esac
