"""What log lines are about: run, stage, batch, entry, carried by every line that is written meanwhile.

Airflow writes task logs with structlog and puts its context variables into each line (`"entry": 4711`), those of
the standard library's loggers too. Elsewhere the context is carried along and not shown.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from structlog.contextvars import bound_contextvars


def about(**facts: object) -> AbstractContextManager[None]:
    """Let every log line of the block carry these facts."""
    return bound_contextvars(**facts)
