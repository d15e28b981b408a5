"""The rules of the secret scan: one text in, hits out."""
