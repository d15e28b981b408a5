"""The steps of `ci`: how they run, what each reads, and how a call ends."""
