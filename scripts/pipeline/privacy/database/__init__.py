"""PostgreSQL for anonymization: connection, catalog, schema."""
