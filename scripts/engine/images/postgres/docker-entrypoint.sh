#!/usr/bin/env bash
# Start PostgreSQL; make the cluster first when the data directory is empty.
#
#   POSTGRES_PASSWORD          the superuser's password (needed for a new cluster)
#   POSTGRES_USER              the superuser's name (postgres)
#   POSTGRES_DB                a database to create (the superuser's name)
#   POSTGRES_INITDB_ARGS       more arguments for initdb
#   POSTGRES_INITDB_WALDIR     another place for the write-ahead log
#   POSTGRES_HOST_AUTH_METHOD  how clients over TCP authenticate (scram-sha-256)
#   PGDATA                     the data directory
#
# The first four can be given as files too: POSTGRES_PASSWORD_FILE and so on.
# Scripts in /docker-entrypoint-initdb.d run once, on a new cluster.
set -Eeuo pipefail

note() { printf 'postgres entry point: %s\n' "$*"; }
fail() {
    printf 'postgres entry point: %s\n' "$*" >&2
    exit 1
}

# setting NAME DEFAULT: export NAME from the environment or from NAME_FILE.
setting() {
    local name=$1 file_name="${1}_FILE" value=$2
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        fail "both $name and $file_name are set: keep one of them"
    fi
    if [ -n "${!name:-}" ]; then
        value=${!name}
    elif [ -n "${!file_name:-}" ]; then
        [ -r "${!file_name}" ] || fail "$file_name names ${!file_name}, which cannot be read"
        value=$(<"${!file_name}")
    fi
    export "$name=$value"
    unset "$file_name"
}

# Own the directories, then become the user postgres for everything else.
leave_root() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA" || true
    chmod 3777 /var/run/postgresql || true
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
        chmod 0700 "$POSTGRES_INITDB_WALDIR"
        find "$POSTGRES_INITDB_WALDIR" \! -user postgres -exec chown postgres '{}' +
    fi
    exec gosu postgres "${BASH_SOURCE[0]}" "$@"
}

check_settings() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        fail "a new database needs a password: set POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE)," \
            "or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without one"
    fi
    if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
        note "warning: POSTGRES_HOST_AUTH_METHOD=trust lets everybody in who reaches the port"
    fi
}

# The password goes through a file: a process substitution would belong to the
# user that has been left behind.
make_cluster() {
    local password_file arguments=()
    eval "arguments=(${POSTGRES_INITDB_ARGS:-})"
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
    password_file=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
    [ -z "$POSTGRES_PASSWORD" ] || arguments+=(--pwfile "$password_file")
    # A user id without a name (docker run --user) cannot run initdb.
    if ! getent passwd "$(id -u)" >/dev/null; then
        borrow_user_name
    fi
    initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --encoding UTF8 "${arguments[@]}"
    rm -f "$password_file"
    unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

borrow_user_name() {
    local library
    library=$(find /usr/lib -name libnss_wrapper.so -print -quit)
    [ -n "$library" ] || return 0
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
    printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    export LD_PRELOAD=$library NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

# Run psql on the temporary server, as the superuser.
run_psql() {
    PGHOST='' PGPASSWORD=$POSTGRES_PASSWORD \
        psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"
}

create_database() {
    [ "$POSTGRES_DB" = postgres ] && return 0
    run_psql --dbname postgres --quiet -v name="$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        [ -e "$file" ] || continue
        case $file in
        *.sh)
            note "running $file"
            if [ -x "$file" ]; then
                "$file"
            else
                # shellcheck source=/dev/null
                . "$file"
            fi
            ;;
        *.sql) note "running $file" && run_psql --dbname "$POSTGRES_DB" -f "$file" ;;
        *.sql.gz) note "running $file" && gunzip -c "$file" | run_psql --dbname "$POSTGRES_DB" ;;
        *.sql.xz) note "running $file" && xz -dc "$file" | run_psql --dbname "$POSTGRES_DB" ;;
        *.sql.zst) note "running $file" && zstd -dc "$file" | run_psql --dbname "$POSTGRES_DB" ;;
        *) note "ignoring $file" ;;
        esac
    done
}

# The temporary server listens on its socket only: nobody connects to a
# half-made database.
initialize() {
    check_settings
    make_cluster
    set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' pg_ctl --pgdata "$PGDATA" --options "$(printf '%q ' "${@:2}")" --wait start
    create_database
    run_init_files
    pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
    note "the new cluster is ready"
}

# Does the command only ask for help or a version?
only_asks() {
    local argument
    for argument; do
        case $argument in
        -'?' | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

case ${1:-} in
-*) set -- postgres "$@" ;;
esac

if [ "${1:-}" = postgres ] && ! only_asks "$@"; then
    : "${PGDATA:=/var/lib/postgresql/data}"
    export PGDATA
    [ "$(id -u)" -ne 0 ] || leave_root "$@"
    setting POSTGRES_PASSWORD ''
    setting POSTGRES_USER postgres
    setting POSTGRES_DB "$POSTGRES_USER"
    setting POSTGRES_INITDB_ARGS ''
    : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
    if [ -s "$PGDATA/PG_VERSION" ]; then
        note "the data directory has a cluster already"
    else
        initialize "$@"
    fi
    unset PGPASSWORD
fi
exec "$@"
