"""The kinds of runs, step by step, and what starts and resumes them."""
