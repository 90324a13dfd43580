"""Watchlists from and to YAML, saying in which line a mistake is. It does not match anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from wirewatch.core.watchlists import WITHIN, Entry, Watchlist, WatchlistError, comparable
from wirewatch.core.yaml_nodes import Reader

_LIST_KEYS = {"name", "description", "entries", "sources", "languages", "topics"}
_CONDITIONS = {"all", "any", "none", "near", "within", "match_case"}
_ENTRY_KEYS = {"name", "aliases", *_CONDITIONS}
_RULE_KEYS = {"rule", *_CONDITIONS}
_FURTHEST = 200


def parse_watchlists(content: str, origin: str = "watchlists.yaml") -> list[Watchlist]:
    """The watchlists in YAML `content`; `origin` is what errors call the file.

    The document is a list of `{name, description?, sources?, languages?, topics?, entries}`; an entry is a plain name,
    `{name, aliases?, …}` or `{rule, …}` with the conditions all, any, none, near, within, match_case (see
    core.watchlists.Entry). Raises WatchlistError with file, line, list and entry.
    """
    read = Reader(origin, WatchlistError)
    root = read.root(content)
    if root is None:
        return []
    found: list[Watchlist] = []
    for node in read.items(root, "the file"):
        watchlist = _watchlist(node, read)
        if any(watchlist.name == other.name for other in found):
            raise read.wrong(node, f"two watchlists are called {watchlist.name!r}; give each its own name")
        found.append(watchlist)
    return found


def _watchlist(node: yaml.Node, read: Reader) -> Watchlist:
    fields = read.fields(node, "a watchlist", _LIST_KEYS)
    name = read.text(fields, "name", node, "a watchlist")
    where = f"watchlist {name!r}"
    if "/" in name:
        raise read.wrong(fields["name"], f"{where} has a slash in its name, which its page's address cannot hold")
    if "entries" not in fields:
        raise read.wrong(node, f"{where} has no entries; add `entries:` with a list of names")
    entries: list[Entry] = []
    for item in read.items(fields["entries"], where):
        entry = _entry(item, read, where)
        if any(entry.name == other.name for other in entries):
            raise read.wrong(item, f"two entries of {where} are called {entry.name!r}; put both into one")
        entries.append(entry)
    return Watchlist(
        name,
        tuple(entries),
        read.text(fields, "description", node, where) if "description" in fields else "",
        read.texts(fields, "sources", where),
        read.texts(fields, "languages", where),
        read.texts(fields, "topics", where),
    )


def _entry(node: yaml.Node, read: Reader, where: str) -> Entry:
    if isinstance(node, yaml.ScalarNode):
        return Entry(_spelling(node, read, f"an entry of {where}"))
    is_rule = isinstance(node, yaml.MappingNode) and any(key.value == "rule" for key, _ in node.value)
    what = f"a rule of {where}" if is_rule else f"an entry of {where}"
    fields = read.fields(node, what, _RULE_KEYS if is_rule else _ENTRY_KEYS)
    key = "rule" if is_rule else "name"
    name = read.text(fields, key, node, what)
    inside = f"{'rule' if is_rule else 'entry'} {name!r} of {where}"
    if not is_rule:
        _spelling(fields["name"], read, inside)
    spellings = {
        of: tuple(_spelling(item, read, inside) for item in read.items(fields[of], f"{of!r} of {inside}"))
        if of in fields
        else ()
        for of in ("aliases", "all", "any", "none", "near")
    }
    if is_rule and not (spellings["all"] or spellings["any"] or spellings["near"]):
        raise read.wrong(node, f"{inside} finds nothing; give it `all:`, `any:` or `near:` with a list of words")
    if "near" in fields and len(set(spellings["near"])) < 2:
        raise read.wrong(fields["near"], f"'near' of {inside} needs two words or names, or more")
    if "within" in fields and "near" not in fields:
        raise read.wrong(fields["within"], f"{inside} says within how many words, but not of what; add `near:`")
    return Entry(
        name,
        spellings["aliases"],
        read.flag(fields["match_case"], f"match_case of {inside}") if "match_case" in fields else None,
        is_rule,
        spellings["all"],
        spellings["any"],
        spellings["none"],
        spellings["near"],
        read.number(fields["within"], f"within of {inside}", 0, _FURTHEST) if "within" in fields else WITHIN,
    )


def _spelling(node: yaml.Node, read: Reader, what: str) -> str:
    value = read.scalar(node, what)
    if not comparable(value):
        raise read.wrong(node, f"{what} has {value!r}, in which there is no letter or digit to look for")
    return value


def dump_watchlists(watchlists: Sequence[Watchlist]) -> str:
    """The YAML that `parse_watchlists` reads as these watchlists; what is empty or usual is left out."""
    return yaml.dump(
        [_plain(watchlist) for watchlist in watchlists],
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=False,
    )


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001
        """Indent lists below their key."""
        super().increase_indent(flow, False)


class _Flow(list[str]):
    """A list that is written on one line."""


_Dumper.add_representer(
    _Flow, lambda dumper, values: dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)
)


def _plain(watchlist: Watchlist) -> dict[str, Any]:
    made = {
        "name": watchlist.name,
        "description": watchlist.description,
        "sources": _Flow(watchlist.sources),
        "languages": _Flow(watchlist.languages),
        "topics": _Flow(watchlist.topics),
    }
    return {
        **{key: value for key, value in made.items() if value},
        "entries": [_plain_entry(e) for e in watchlist.entries],
    }


def _plain_entry(entry: Entry) -> dict[str, Any] | str:
    made: dict[str, Any] = {
        "rule" if entry.is_rule else "name": entry.name,
        "aliases": _Flow(entry.aliases),
        "all": _Flow(entry.all_of),
        "any": _Flow(entry.any_of),
        "none": _Flow(entry.none_of),
        "near": _Flow(entry.near),
    }
    kept = {key: value for key, value in made.items() if value}
    if entry.near and entry.within != WITHIN:
        kept["within"] = entry.within
    if entry.match_case is not None:
        kept["match_case"] = entry.match_case
    return entry.name if set(kept) == {"name"} else kept
