"""Copies of PROD's anonymized database for laptops: signed, and with an expiry."""
