"""Names of the kinds of runs, as in journals."""

from __future__ import annotations

DEPLOY, ROLLBACK, REFRESH = "deploy", "rollback", "load-refresh"
BACKUP, DRILL, OUTBOX = "backup", "drill", "outbox"
