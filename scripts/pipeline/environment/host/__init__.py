"""What a VM offers: Docker, PostgreSQL, the proxy, files. Nothing here decides anything."""
