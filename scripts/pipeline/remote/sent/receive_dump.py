"""On a VM: write standard input to a file that its user alone can read, durably.

Runs as ``python3 -c <this> FOLDER NAME``. Prints the SHA-256 of what arrived: the sender compares.
Whatever an earlier attempt left in the folder is removed first.
"""

from __future__ import annotations

import hashlib
import os
import sys

home, name = sys.argv[1:]
os.makedirs(home, mode=0o700, exist_ok=True)
os.chmod(home, 0o700)
for old in os.listdir(home):
    os.unlink(os.path.join(home, old))
digest = hashlib.sha256()
with open(os.open(os.path.join(home, name), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
    while True:
        data = sys.stdin.buffer.read(1 << 18)
        if not data:
            break
        digest.update(data)
        file.write(data)
    file.flush()
    os.fsync(file.fileno())
print(digest.hexdigest())
