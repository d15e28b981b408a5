"""The word and the command for a run that nothing can bring to its end: it is left as it is."""

from __future__ import annotations

from pipeline.core.settings.environments import typed

#: The outcome of such a run.
ABANDONED = "abandoned"


def advice(environment: str, run: str) -> str:
    """What to add to what to do once a resume has failed.

    Args:
        environment: ``uat`` or ``prod``.
        run: name of the run's folder.
    """
    return "; or, if a resume keeps failing, leave it as it is: " + typed(
        environment, "abandon", "--run", run
    )
