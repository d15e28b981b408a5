"""PostgreSQL as anonymization sees it: connection, catalog, schema."""
