"""The refresh of UAT from PROD."""
