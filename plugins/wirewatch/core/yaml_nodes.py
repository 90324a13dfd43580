"""Read a YAML file that people write, saying in which line a mistake is. It does not know what the file is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads nodes of the document that errors call `origin`; what is wrong is raised as `error` with its line."""

    origin: str
    error: type[ValueError]

    def root(self, content: str) -> yaml.Node | None:
        """The document; None where it is empty."""
        try:
            return yaml.compose(content, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            message = f"{self.origin}, line {line}: not valid YAML: {problem.problem}."
            raise self.error(message) from problem
        except yaml.reader.ReaderError as problem:
            message = f"{self.origin}: not valid YAML: a character that no text file holds (#x{problem.character:04x})."
            raise self.error(message) from problem

    def wrong(self, node: yaml.Node, problem: str) -> ValueError:
        """The error to raise for `node`."""
        return self.error(f"{self.origin}, line {node.start_mark.line + 1}: {problem}.")

    def fields(self, node: yaml.Node, what: str, allowed: Collection[str]) -> dict[str, yaml.Node]:
        """The values of a mapping, by key."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{what} must be a mapping with the keys {', '.join(sorted(allowed))}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in allowed:
                raise self.wrong(key, f"{what} has the unknown key {name!r}; known are {', '.join(sorted(allowed))}")
            if name in found:
                raise self.wrong(key, f"{what} has the key {name!r} twice; put both into one")
            found[name] = value
        return found

    def items(self, node: yaml.Node, what: str) -> Iterator[yaml.Node]:
        """The items of a list."""
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, f"{what} must hold a list (lines that start with a dash)")
        yield from node.value

    def text(self, fields: dict[str, yaml.Node], key: str, node: yaml.Node, what: str) -> str:
        """The text of a key that must be there."""
        if key not in fields:
            raise self.wrong(node, f"{what} has no {key!r}")
        return self.scalar(fields[key], what)

    def texts(self, fields: dict[str, yaml.Node], key: str, what: str) -> tuple[str, ...]:
        """The texts of a key that holds a list; none where it is not there."""
        if key not in fields:
            return ()
        return tuple(self.scalar(item, what) for item in self.items(fields[key], f"{key!r} of {what}"))

    def scalar(self, node: yaml.Node, what: str) -> str:
        """A text as it is written: YAML reads NO as false and 1.10 as 1.1."""
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
            raise self.wrong(node, f"{what} needs a text here, not an empty value or a list")
        return str(node.value).strip()

    def flag(self, node: yaml.Node, what: str) -> bool:
        """True or false."""
        value = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
        if value not in {"true", "false"}:
            raise self.wrong(node, f"{what} must be true or false")
        return value == "true"

    def number(self, node: yaml.Node, what: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if not value.isascii() or not value.isdecimal() or not least <= int(value) <= most:
            raise self.wrong(node, f"{what} must be a whole number from {least} to {most}")
        return int(value)

    def word(self, node: yaml.Node, what: str, known: Collection[str]) -> str:
        """One of the words that are known."""
        value = self.scalar(node, what)
        if value not in known:
            raise self.wrong(node, f"{what} is {value!r}; it must be one of {', '.join(known)}")
        return value
