"""The add-ons of a repository: where they are, what they need, which of them changed."""
