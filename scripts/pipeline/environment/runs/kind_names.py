"""Names of the kinds of runs, as journals have them."""

from __future__ import annotations

DEPLOY, ROLLBACK, REFRESH = "deploy", "rollback", "load-refresh"
BACKUP, DRILL, OUTBOX = "backup", "drill", "outbox"
