"""Read files of a filestore from standard input, a tar stream, and store them where Odoo looks.

Runs in an Odoo container as its user: ``python3 -c <this> DIRECTORY``. A file's name ends with the
SHA-1 of its content; an existing correct one stays, anything else of that name is replaced.
"""

import hashlib
import os
import sys
import tarfile

root = sys.argv[1]
written = 0
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
    for entry in archive:
        name = entry.name
        member = archive.extractfile(entry)
        content = member.read() if member else b""
        digest = hashlib.sha1(content).hexdigest()
        if name.split("/") != [digest[:2], digest]:
            sys.exit("%s has another content than its name says" % name)
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = path + ".partial"
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        written += 1
print(written)
