"""Who acts from the command line, for the record."""

from __future__ import annotations

import getpass

from wirewatch.core.actions import Actor


def whoever() -> Actor:
    """The user of this shell."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "somebody without a name"
    return Actor(name, "command line")
