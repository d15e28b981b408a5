"""Print which of the files named on standard input, one per line, are missing in a filestore.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``. It prints when it has read everything:
who sends the names does not read meanwhile.
"""

import os
import sys

missing = bytearray()
for line in sys.stdin.buffer:
    name = line.rstrip(b"\n")
    if name and not os.path.exists(os.path.join(os.fsencode(sys.argv[1]), name)):
        missing += name + b"\n"
sys.stdout.buffer.write(missing)
