"""On the VM, before the real `docker` on PATH: fails or hangs where that is wanted, else is it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed_rules  # noqa: E402
import bed_where  # noqa: E402


def main() -> None:
    real, arguments = sys.argv[1], sys.argv[2:]
    os.environ.pop("BED_FOLDER", "")
    act = bed_rules.wanted(bed_where.plan(), arguments)
    if not act:
        os.execv(real, [os.path.basename(real), *arguments])
    if act == "hang":
        time.sleep(3600)
    if act == "fail-late":
        subprocess.run([real, *arguments])
    print(bed_rules.FAILURE, file=sys.stderr)
    sys.exit(1)


main()
