"""Check a repository: format, manifests, secrets, ignored files."""
