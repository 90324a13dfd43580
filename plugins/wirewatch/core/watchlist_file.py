"""Read watchlists from their YAML file, saying in which line a mistake is. It does not match anything."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from wirewatch.core.watchlists import Entry, Watchlist, WatchlistError

_LIST_KEYS = {"name", "description", "entries"}
_ENTRY_KEYS = {"name", "aliases", "match_case"}


def parse_watchlists(content: str, origin: str = "watchlists.yaml") -> list[Watchlist]:
    """The watchlists in YAML `content`; `origin` is what errors call the file.

    The document is a list of `{name, description?, entries}`; an entry is a plain name or
    `{name, aliases?, match_case?}`. Raises WatchlistError with file, line, list and entry.
    """
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{origin}, line {line}: not valid YAML: {error.problem}."
        raise WatchlistError(message) from error
    if root is None:
        return []
    found = [_watchlist(node, origin) for node in _items(root, origin, "the file")]
    names = [watchlist.name for watchlist in found]
    for name in names:
        if names.count(name) > 1:
            message = f"{origin}: two watchlists are called {name!r}; give each its own name."
            raise WatchlistError(message)
    return found


def _watchlist(node: yaml.Node, origin: str) -> Watchlist:
    fields = _fields(node, origin, "a watchlist", _LIST_KEYS)
    name = _text(fields, "name", node, origin, "a watchlist")
    where = f"watchlist {name!r}"
    if "entries" not in fields:
        raise _error(node, origin, f"{where} has no entries; add `entries:` with a list of names")
    entries = tuple(_entry(item, origin, where) for item in _items(fields["entries"], origin, where))
    description = _text(fields, "description", node, origin, where) if "description" in fields else ""
    return Watchlist(name, entries, description)


def _entry(node: yaml.Node, origin: str, where: str) -> Entry:
    if isinstance(node, yaml.ScalarNode):
        return Entry(_scalar(node, origin, f"an entry of {where}"))
    fields = _fields(node, origin, f"an entry of {where}", _ENTRY_KEYS)
    name = _text(fields, "name", node, origin, f"an entry of {where}")
    inside = f"entry {name!r} of {where}"
    aliases = (
        tuple(_scalar(a, origin, inside) for a in _items(fields["aliases"], origin, inside))
        if "aliases" in fields
        else ()
    )
    return Entry(name, aliases, _flag(fields["match_case"], origin, inside) if "match_case" in fields else None)


def _fields(node: yaml.Node, origin: str, what: str, allowed: set[str]) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _error(node, origin, f"{what} must be a mapping with the keys {', '.join(sorted(allowed))}")
    fields = {str(key.value): value for key, value in node.value}
    for key, _ in node.value:
        if key.value not in allowed:
            raise _error(
                key,
                origin,
                f"{what} has the unknown key {key.value!r}; known are {', '.join(sorted(allowed))}",
            )
    return fields


def _items(node: yaml.Node, origin: str, what: str) -> Iterator[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise _error(node, origin, f"{what} must hold a list (lines that start with a dash)")
    yield from node.value


def _text(fields: dict[str, yaml.Node], key: str, node: yaml.Node, origin: str, what: str) -> str:
    if key not in fields:
        raise _error(node, origin, f"{what} has no {key!r}")
    return _scalar(fields[key], origin, what)


def _scalar(node: yaml.Node, origin: str, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        raise _error(node, origin, f"{what} needs a text here, not an empty value or a list")
    # YAML reads NO as false and 1.10 as 1.1: a name is taken as it is written.
    return str(node.value).strip()


def _flag(node: yaml.Node, origin: str, what: str) -> bool:
    value = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
    if value not in {"true", "false"}:
        raise _error(node, origin, f"match_case of {what} must be true or false")
    return value == "true"


def _error(node: yaml.Node, origin: str, problem: str) -> WatchlistError:
    return WatchlistError(f"{origin}, line {node.start_mark.line + 1}: {problem}.")
