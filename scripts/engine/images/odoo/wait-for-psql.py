#!/usr/bin/python3
"""Wait until PostgreSQL answers; exit 1 when it does not in time."""

import argparse
import sys
import time

import psycopg2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db_host", required=True)
    parser.add_argument("--db_port", required=True)
    parser.add_argument("--db_user", required=True)
    parser.add_argument("--db_password", required=True)
    parser.add_argument("--timeout", type=float, default=5)
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.timeout
    while True:
        try:
            psycopg2.connect(
                user=arguments.db_user,
                host=arguments.db_host,
                port=arguments.db_port,
                password=arguments.db_password,
                dbname="postgres",
                connect_timeout=max(1, int(deadline - time.monotonic())),
            ).close()
        except psycopg2.OperationalError as error:
            if time.monotonic() >= deadline:
                print(f"Database connection failure: {error}", file=sys.stderr)
                return 1
            time.sleep(0.25)
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main())
