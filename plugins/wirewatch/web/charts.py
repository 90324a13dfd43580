"""Charts drawn by pygal on the server, without its styles and scripts: the page's style sheet colours them, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pygal
from lxml import etree
from markupsafe import Markup

SERIES = 7
"""Most series in one chart; what is smaller goes into the last, "other". The style sheet has as many colours."""
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by step and series: what a chart draws, and the numbers for those who cannot see it."""

    steps: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def total(self) -> int:
        """All counts together."""
        return sum(sum(values) for _, values in self.series)


def tabulate(steps: Sequence[str], counts: Mapping[str, Mapping[str, int]]) -> Table:
    """The largest series, in order of size, and the rest as "other"; `counts` is series → step → count."""
    ordered = sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
    kept = ordered if len(ordered) <= SERIES else ordered[: SERIES - 1]
    series = [(name, tuple(counts[name].get(step, 0) for step in steps)) for name in kept]
    rest = [counts[name] for name in ordered if name not in kept]
    if rest:
        series.append((f"other ({len(rest)})", tuple(sum(one.get(step, 0) for one in rest) for step in steps)))
    return Table(tuple(steps), tuple(series))


def bars(table: Table, title: str, *, every: int = 1, height: int = 260, width: int = 1000) -> Markup:
    """A stacked bar chart as inline SVG; every `every`-th step is labelled."""
    chart = pygal.StackedBar(
        js=[],
        width=width,
        height=height,
        explicit_size=False,
        show_legend=False,
        x_labels_major_every=every,
        show_minor_x_labels=False,
        margin=6,
        spacing=8,
        min_scale=3,
        max_scale=6,
        include_x_axis=True,
        value_formatter=lambda value: f"{value:.0f}",
        no_data_text="",
    )
    chart.x_labels = list(table.steps)
    for name, values in table.series:
        chart.add(name, list(values))
    if not table.series:
        chart.add("", [0 for _ in table.steps])
    return _dressed(chart.render(), table, title)


def _dressed(drawn: bytes, table: Table, title: str) -> Markup:
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(drawn, parser)
    for name in ("defs", "title"):
        for element in root.findall(f"{_SVG}{name}"):
            root.remove(element)
    for element in list(root.iter(f"{_SVG}g")):
        if "tooltip" in (element.get("class") or "") or "overlay" in (element.get("class") or ""):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    for element in root.iter():
        element.attrib.pop("style", "")
    for index, (name, values) in enumerate(table.series):
        for group in root.iterfind(f".//{_SVG}g[@class='series serie-{index} color-{index}']"):
            _name_bars(group, name, values, table.steps)
    root.attrib.pop("id", "")
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-label", title)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704  (pygal escapes what it is given)


def _name_bars(group: etree._Element, name: str, values: Sequence[int], steps: Sequence[str]) -> None:
    drawn = group.findall(f"{_SVG}g/{_SVG}g")
    for bar, value, step in zip(drawn, values, steps, strict=False):
        for child in list(bar):
            if child.tag == f"{_SVG}desc":
                bar.remove(child)
        if not value:
            for child in list(bar):
                bar.remove(child)
            continue
        said = etree.SubElement(bar, f"{_SVG}title")
        said.text = f"{step}: {name}, {value}"
