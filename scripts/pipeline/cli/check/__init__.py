"""Look at a repository: format, manifests, secrets, what git ignores."""
