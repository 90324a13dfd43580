"""Conditional requests: when validators are sent, and when a server's are not believed any more.

Some servers keep an ETag or a Last-Modified while the body changes, and answer 304 for ever. So the whole body is asked for
now and then, and a server that was caught is not asked conditionally for a month.
"""

from __future__ import annotations

from datetime import datetime, timedelta

WHOLE_EVERY = timedelta(hours=6)
"""How long 304 is believed before the whole body is asked for again."""
DISTRUST = timedelta(days=30)
"""How long a server that was caught is asked unconditionally."""


def conditional(*, now: datetime, whole_at: datetime | None, caught_at: datetime | None) -> bool:
    """Whether to send validators: the whole body came not long ago (`whole_at`), and no lie was noticed (`caught_at`)."""
    if caught_at is not None and now - caught_at < DISTRUST:
        return False
    return whole_at is not None and now - whole_at < WHOLE_EVERY


def lied(
    *, before: tuple[str | None, str | None, str | None], after: tuple[str | None, str | None, str | None]
) -> bool:
    """Whether a server kept its validators while the body changed. Each side: (ETag, Last-Modified, digest of the body).

    A weak ETag promises as much as is asked here: that the body means the same (RFC 9110, section 8.8.1). A
    Last-Modified that is the same beside another ETag is no lie: it has seconds only.
    """
    (old_tag, old_date, old_digest), (tag, date, digest) = before, after
    if old_digest is None or old_digest == digest:
        return False
    if tag or old_tag:
        return tag == old_tag
    return date is not None and date == old_date
