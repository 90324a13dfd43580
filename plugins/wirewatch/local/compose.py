"""Reads docker-compose.yml: what its services run, in which order, and with which variables, for a start without containers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:[-?])([^}]*))?\})")


class ComposeError(RuntimeError):
    """The compose file asks for something that is not given."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its command as words, its variables, and the services that it waits for."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    after: tuple[str, ...]
    once: bool


def read(path: Path, values: Mapping[str, str]) -> dict[str, Service]:
    """The services of a compose file by name, with `values` put in for its ${VARIABLES}.

    ComposeError where a variable that the file demands is missing.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: _service(name, found, values) for name, found in document["services"].items()}


def _service(name: str, found: dict[str, Any], values: Mapping[str, str]) -> Service:
    command = found.get("command") or ""
    words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    return Service(
        name=name,
        command=tuple(interpolate(word, values) for word in words),
        environment={key: interpolate(str(value), values) for key, value in found.get("environment", {}).items()},
        after=tuple(found.get("depends_on", ())),
        once=found.get("restart") == "no",
    )


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """Put values in, as Compose does: ${A}, ${A:-default}, ${A:?message}, and $$ for a dollar."""

    def value(found: re.Match[str]) -> str:
        dollar, name, how, more = found.groups()
        if dollar:
            return "$"
        given = values.get(name, "")
        if given:
            return given
        if how == ":?":
            message = f"docker-compose.yml needs {name}: {more}"
            raise ComposeError(message)
        return more or ""

    return _VARIABLE.sub(value, text)


def in_order(services: Mapping[str, Service]) -> list[Service]:
    """The services, each after those that it waits for. ComposeError where they wait for each other."""
    done: dict[str, Service] = {}
    left = dict(services)
    while left:
        ready = [service for service in left.values() if all(name in done for name in service.after)]
        if not ready:
            message = f"In docker-compose.yml these services wait for each other: {', '.join(left)}."
            raise ComposeError(message)
        for service in ready:
            done[service.name] = left.pop(service.name)
    return list(done.values())


def moved(text: str, places: Mapping[str, str]) -> str:
    """A value of a container's world in this machine's: hosts and folders exchanged, the longest that fits first."""
    names = "|".join(re.escape(place) for place in sorted(places, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])(?:{names})(?![\w.-])", lambda found: places[found[0]], text)
