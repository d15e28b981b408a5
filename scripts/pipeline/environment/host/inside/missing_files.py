"""Print which of the files named on standard input, one per line, are missing in a filestore.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``.
"""

import os
import sys

for line in sys.stdin:
    name = line.rstrip("\n")
    if name and not os.path.exists(os.path.join(sys.argv[1], name)):
        print(name)
