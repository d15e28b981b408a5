"""Print which of the files named on standard input, one per line, are intact in a filestore.

Runs in an Odoo container: ``python3 -c <this> DIRECTORY``. A file is intact when the SHA-1 of
its content is its name (``ab/abcdef…``): its size would not reveal a bit that changed on the disk.
"""

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor


def whole(name: str) -> bool:
    """Whether a file exists with the content that its name states."""
    digest = hashlib.sha1()
    try:
        with open(os.path.join(sys.argv[1], name), "rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() == os.path.basename(name)


names = sys.stdin.read().split()
with ThreadPoolExecutor(8) as pool:
    for name, good in zip(names, pool.map(whole, names)):
        if good:
            print(name)
