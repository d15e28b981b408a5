"""Does an anonymized database still contain personal data? Verified independently."""
