"""On a VM: add standard input to a file that its user alone can read, durably.

Runs as ``python3 -c <this> PATH``.
"""

from __future__ import annotations

import os
import sys

os.makedirs(os.path.dirname(sys.argv[1]), mode=0o700, exist_ok=True)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
with os.fdopen(file, "wb") as listed:
    listed.write(sys.stdin.buffer.read())
    listed.flush()
    os.fsync(listed.fileno())
