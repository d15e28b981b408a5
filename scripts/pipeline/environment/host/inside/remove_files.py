"""Remove files from a filestore: the names (``ab/abcdef…``) on standard input, one per line.

Runs in an Odoo container as its user: ``python3 -c <this> DIRECTORY``. Prints how many it removed.
"""

import os
import re
import sys

removed = 0
for line in sys.stdin:
    name = line.rstrip("\n")
    if not re.match("([0-9a-f]{2})/\\1[0-9a-f]{38}$", name):
        continue
    try:
        os.unlink(os.path.join(sys.argv[1], name))
        removed += 1
    except FileNotFoundError:
        pass
print(removed)
