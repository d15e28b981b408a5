"""Print which files of a filestore are not there, of the names on standard input, one a line.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``.
"""

import os
import sys

for line in sys.stdin:
    name = line.rstrip("\n")
    if name and not os.path.exists(os.path.join(sys.argv[1], name)):
        print(name)
