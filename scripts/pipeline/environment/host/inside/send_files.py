"""Write files of a filestore to standard output, as a tar stream.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``, with the names (``ab/abcdef…``) on
standard input, one per line, all of which are read first: who sends them does not read meanwhile.
Missing files are left out; the reader notices.
"""

import io
import os
import sys
import tarfile

root = sys.argv[1]
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
    for line in io.TextIOWrapper(io.BytesIO(sys.stdin.buffer.read())):
        name = line.rstrip("\n")
        try:
            file = open(os.path.join(root, name), "rb")
        except OSError:
            continue
        with file:
            entry = tarfile.TarInfo(name)
            entry.size = os.fstat(file.fileno()).st_size
            archive.addfile(entry, file)
