"""Read files of a filestore from standard input, a tar stream, and store them where Odoo looks.

Runs in an Odoo container as its user: ``python3 -c <this> DIRECTORY``. A file's name ends with the
SHA-1 of its content; an existing correct one stays, anything else of that name is replaced.
"""

import hashlib
import os
import re
import sys
import tarfile

#: Nothing else is written, wherever it would be.
NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{40}\Z")
root = sys.argv[1]
written = 0
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
    for entry in archive:
        name = entry.name
        member = archive.extractfile(entry)
        path, digest = os.path.join(root, name), hashlib.sha1()
        if member is None or not NAME.match(name):
            sys.exit("%s is not a file of a filestore" % name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = path + ".partial"
        with open(partial, "wb") as file:
            while True:
                data = member.read(1 << 20)
                if not data:
                    break
                digest.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if name != "%s/%s" % (digest.hexdigest()[:2], digest.hexdigest()):
            os.remove(partial)
            sys.exit("%s has another content than its name says" % name)
        os.replace(partial, path)
        written += 1
print(written)
