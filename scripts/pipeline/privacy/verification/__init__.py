"""Does an anonymized database still hold anything of a person? Judged independently."""
