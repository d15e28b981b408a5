"""Print the names of the files in a filestore (``ab/abcdef…``) and their sizes, one a line.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``.
"""

import os
import sys

root = sys.argv[1]
for folder in sorted(os.listdir(root)) if os.path.isdir(root) else ():
    if len(folder) == 2:
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                if entry.is_file():
                    print("%s/%s %d" % (folder, entry.name, entry.stat().st_size))
