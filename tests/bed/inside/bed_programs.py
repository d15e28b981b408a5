"""On the VM, before the real `docker` on PATH: fails or hangs where that is wanted, else is it."""

import fcntl
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed_where  # noqa: E402

FAILURE = "Error response from daemon: write /var/lib/docker: no space left on device"


def main():
    real, arguments = sys.argv[1], sys.argv[2:]
    os.environ.pop("BED_FOLDER", "")
    wanted = bed_where.plan()
    told = bed_where.events(wanted["home"], wanted["known"]) if wanted else []
    place = bed_where.place(told, wanted["resumed"]) if wanted else None
    if place is not None:
        number = count(place, arguments)
        for rule in wanted["rules"]:
            if place == (rule["event"], rule["step"]) and number == rule["number"]:
                act(rule["act"], real, arguments)
    os.execv(real, [os.path.basename(real), *arguments])


def act(what, real, arguments):
    with open(f"{bed_where.FOLDER}/acted", "a") as file:
        file.write(json.dumps({"act": what, "call": arguments}) + "\n")
    if what == "hang":
        time.sleep(3600)
    if what == "fail-late":
        subprocess.run([real, *arguments])
    print(FAILURE, file=sys.stderr)
    sys.exit(1)


def count(place, arguments):
    """Which call of the place this is, from 1 on; all of them are written down."""
    with open(f"{bed_where.FOLDER}/calls", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = sum(json.loads(line)["place"] == list(place) for line in file)
        file.write(json.dumps({"place": place, "call": arguments}) + "\n")
    return before + 1


main()
