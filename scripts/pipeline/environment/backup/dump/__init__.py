"""The database dump of a backup, and the SQL around it."""
