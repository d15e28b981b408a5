"""The images of the mirror keep the contracts of the official ones."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.engine

POSTGRES = {"POSTGRES_USER": "odoo", "POSTGRES_PASSWORD": "secret word", "POSTGRES_DB": "first"}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("debian:trixie-slim", {"Cmd": ["bash"]}),
        ("python:3.13-slim", {"Cmd": ["python3"]}),
        (
            "postgres:17",
            {
                "Cmd": ["postgres"],
                "Entrypoint": ["docker-entrypoint.sh"],
                "ExposedPorts": {"5432/tcp": {}},
                "StopSignal": "SIGINT",
                "Volumes": {"/var/lib/postgresql/data": {}},
            },
        ),
        (
            "odoo:19.0",
            {
                "Cmd": ["odoo"],
                "Entrypoint": ["/entrypoint.sh"],
                "ExposedPorts": {"8069/tcp": {}, "8071/tcp": {}, "8072/tcp": {}},
                "User": "odoo",
                "Volumes": {"/mnt/extra-addons": {}, "/var/lib/odoo": {}},
            },
        ),
        (
            "registry:2",
            {
                "Cmd": ["/etc/docker/registry/config.yml"],
                "Entrypoint": ["/entrypoint.sh"],
                "ExposedPorts": {"5000/tcp": {}},
                "Volumes": {"/var/lib/registry": {}},
            },
        ),
        (
            "nginx:1",
            {
                "Cmd": ["nginx", "-g", "daemon off;"],
                "Entrypoint": ["/docker-entrypoint.sh"],
                "ExposedPorts": {"80/tcp": {}},
                "StopSignal": "SIGQUIT",
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_configuration(image_config, image, expected):
    config = image_config(image)
    assert {key: config.get(key) for key in expected} == expected


def test_packages_can_be_installed_later(run_in):
    output = run_in("debian:trixie-slim", "apt-get update -qq; apt-cache policy postgresql-17")
    assert "Candidate: 17" in output


def test_odoo_has_the_gaps_of_the_official_image(run_in):
    """What needs more than that would work here and nowhere else."""
    script = """
    ls -A /etc/apt/sources.list /etc/apt/sources.list.d /usr/lib/postgresql/*/bin/postgres || true
    for module in venv ensurepip; do python3 -c "import $module" || true; done
    python3 -m pip install odoo-mta-does-not-exist || true
    psql --version
    """
    output = run_in("odoo:19.0", script)
    for gap in ("/etc/apt/sources.list'", "/bin/postgres'", "'venv'", "'ensurepip'"):
        assert gap in output
    assert ".list\n" not in output and "externally-managed-environment" in output
    assert "psql (PostgreSQL)" in output


def test_python_is_open_for_packages(run_in):
    output = run_in(
        "python:3.13-slim",
        "python --version; python3 --version; pip --version;"
        "ls /usr/lib/python3*/EXTERNALLY-MANAGED || true;"
        "python -c 'import ssl, sqlite3; print(ssl.OPENSSL_VERSION)';"
        "python -m venv /tmp/v; /tmp/v/bin/pip --version",
    )
    assert output.count("Python 3.13") == 2
    assert "No such file" in output
    assert "OpenSSL" in output


def test_a_new_cluster_gets_its_user_database_and_scripts(run_in):
    script = """
    mkdir -p /docker-entrypoint-initdb.d && cd /docker-entrypoint-initdb.d
    echo 'create table a (i int)' > 1.sql
    echo 'insert into a values (1)' | gzip > 2.sql.gz
    echo 'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "insert into a values (2)"' > 3.sh
    docker-entrypoint.sh -c work_mem=5MB > /tmp/log 2>&1 &
    export PGPASSWORD="$POSTGRES_PASSWORD"
    for i in {1..100}; do pg_isready -q -h 127.0.0.1 && break; sleep 0.1; done
    psql -qAt -h 127.0.0.1 -U odoo first \\
        -c 'select sum(i) from a' -c 'show work_mem' -c 'show server_version'
    stat -c '%U %a' "$PGDATA"; gosu postgres id -un
    kill -INT %1; wait %1 || echo "status $?"; tail -n 1 /tmp/log
    """
    output = run_in("postgres:17", script, POSTGRES)
    assert output.startswith("3\n5MB\n17."), output
    assert "postgres 700\npostgres" in output
    assert "database system is shut down" in output


def test_postgres_asks_other_machines_for_the_password(run_in):
    script = """
    for i in {1..100}; do pg_isready -q -h database && break; sleep 0.1; done
    export PGHOST=database PGUSER=odoo PGDATABASE=first
    PGPASSWORD='secret word' psql -qAt -c 'select 42'
    PGPASSWORD=wrong psql -qAt -c 'select 43' || echo "status $?"
    """
    output = run_in("postgres:17", script, {}, {"database": ("postgres:17", POSTGRES)})
    assert output.startswith("42\n")
    assert "password authentication failed" in output
    assert output.endswith("status 2\n")


def test_postgres_reads_secrets_from_files(run_in):
    script = """
    echo hidden > /tmp/password
    export POSTGRES_PASSWORD_FILE=/tmp/password
    docker-entrypoint.sh postgres > /tmp/log 2>&1 &
    for i in {1..100}; do pg_isready -q -h 127.0.0.1 && break; sleep 0.1; done
    psql -qAt -h 127.0.0.1 -U postgres -c 'select current_database()'
    psql -qAt -h 127.0.0.1 -U postgres \\
        -c "select rolpassword ~ 'SCRAM' from pg_authid where rolcanlogin"
    kill -INT %1; wait %1 || true
    POSTGRES_PASSWORD=two docker-entrypoint.sh postgres || echo refused
    """
    output = run_in("postgres:17", script, {"PGDATA": "/tmp/data/inner"})
    assert output.startswith("postgres\nt\n"), output
    assert "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE" in output


def test_postgres_refuses_a_new_cluster_without_a_password(run_in):
    output = run_in("postgres:17", "docker-entrypoint.sh postgres || echo refused")
    assert "set POSTGRES_PASSWORD" in output
    assert output.endswith("refused\n")


def test_odoo_waits_for_its_database_and_serves(run_in):
    script = """
    /entrypoint.sh -- --version; /entrypoint.sh odoo --version; /entrypoint.sh echo other
    id -un; test -w /var/lib/odoo; test -w /mnt/extra-addons; echo "$ODOO_RC"
    cd /tmp && /entrypoint.sh odoo scaffold thing /tmp && ls /tmp/thing/__manifest__.py
    /entrypoint.sh odoo --db-filter nothing > /tmp/log 2>&1 &
    for i in {1..150}; do
        curl -sf 'localhost:8069/web/health?db_server_status=1' && break
        sleep 0.2
    done
    kill %1; wait %1 || true
    """
    variables = {"HOST": "database", "USER": "odoo", "PASSWORD": POSTGRES["POSTGRES_PASSWORD"]}
    output = run_in("odoo:19.0", script, variables, {"database": ("postgres:17", POSTGRES)})
    assert output.count("Odoo Server 19.0") == 2, output
    assert "other\nodoo\n/etc/odoo/odoo.conf\n" in output
    assert '"status": "pass"' in output


def test_odoo_prefers_its_configuration_and_gives_up_in_time(run_in):
    script = """
    printf '[options]\\ndb_host = nowhere.invalid\\ndb_password = "quoted"\\n' > /tmp/odoo.conf
    export ODOO_RC=/tmp/odoo.conf PATH=/tmp:$PATH
    printf '#!/bin/bash\\necho "waits: $*"; exit 1\\n' > /tmp/wait-for-psql.py
    chmod +x /tmp/wait-for-psql.py
    /entrypoint.sh odoo || echo "status $?"
    /usr/local/bin/wait-for-psql.py --db_host=127.0.0.1 --db_port=1 \\
        --db_user=a --db_password=b --timeout=1 || echo "status $?"
    """
    output = run_in("odoo:19.0", script, {"HOST": "ignored", "PORT": "6543"})
    assert "--db_host nowhere.invalid --db_port 6543 --db_user odoo --db_password quoted" in output
    assert "Database connection failure" in output
    assert output.count("status 1") == 2


def test_registry_serves_and_deletes_when_allowed(run_in):
    script = """
    registry --version; /entrypoint.sh garbage-collect --help | grep -c Usage
    export REGISTRY_STORAGE_DELETE_ENABLED=true
    /entrypoint.sh /etc/docker/registry/config.yml > /tmp/log 2>&1 &
    ask() {
        exec 3<> /dev/tcp/127.0.0.1/5000
        printf '%s HTTP/1.0\\r\\n\\r\\n' "$1" >&3
        head -n 1 <&3
    }
    for i in {1..50}; do (ask 'GET /v2/') 2>/dev/null && break; sleep 0.1; done
    digest=sha256:$(printf '0%.0s' {1..64})
    ask "DELETE /v2/library/x/manifests/$digest"
    """
    output = run_in("registry:2", script)
    assert "200 OK" in output
    assert "404" in output.splitlines()[-1], output


def test_nginx_fills_templates_and_logs_to_its_output(run_in):
    script = """
    mkdir -p /etc/nginx/templates
    echo 'server { listen 8080; location / { return 200 "$GREETING $uri"; } }' \\
        > /etc/nginx/templates/x.conf.template
    /docker-entrypoint.sh nginx -g 'daemon off;' &
    for i in {1..50}; do curl -sf localhost/ && break; sleep 0.1; done
    answer=$(curl -s localhost:8080/path); echo "$answer"; id -u nginx; nginx -t
    kill -QUIT %1; wait %1; echo "status $?"
    """
    output = run_in("nginx:1", script, {"GREETING": "hello"})
    assert "Welcome to nginx" in output
    assert "hello /path\n" in output
    assert "\n101\n" in output
    assert '"GET /path HTTP/1.1" 200' in output
    assert output.endswith("status 0\n"), output
