"""What a person can do about a feed in each state, in a sentence."""

from __future__ import annotations

_ADVICE = {
    "healthy": "",
    "new": "Not polled yet. Its first poll is due now; poll_feeds runs every five minutes.",
    "paused": "Not polled. Add it again to resume.",
    "gone": "The server says that it is gone for good (410). Look for its new address on the site, add that, and remove this one.",
    "held": "Its host asked for a pause. It is polled again by itself when the pause is over.",
    "failing": "It is tried again by itself, ever more seldom, and never given up. If the address has moved, add the new one.",
    "blocked": "The server refuses us. Ask the publisher to admit our User-Agent, and name a contact in WIREWATCH_USER_AGENT.",
    "empty": "It answers, but has never brought an entry. Open it: it may be a page, or a feed that is no longer filled.",
    "quiet": "It answers, but brings nothing new for longer than it used to. Open it and see whether it is still filled.",
}


def advice(state: str) -> str:
    """What to do about a feed in this state; empty where there is nothing to do."""
    return _ADVICE.get(state, "Look at its latest polls.")
