"""The fictional publishers: name, feed format, page template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher. `feed` is rss, rss_full (with content:encoded), atom, json or sitemap."""

    key: str
    name: str
    strapline: str
    feed: str
    template: str
    path: str
    language: str = "en"


PUBLISHERS = (
    Publisher(
        "gazette", "The Harbour Gazette", "Independent since 1871", "rss", "broadsheet.html", "/{section}/{slug}"
    ),
    Publisher("meridian", "Meridian Wire", "News for newsrooms", "atom", "magazine.html", "/story/{number}/{slug}"),
    Publisher("ledger", "Civic Ledger", "Money, law and power", "sitemap", "broadsheet.html", "/{date}/{slug}.html"),
    Publisher("tern", "Radio Tern", "The coast, on the hour", "rss_full", "bare.html", "/news/index.php?id={number}"),
    Publisher(
        "nordlicht", "Nordlicht Zeitung", "Aus dem Norden", "json", "magazine.html", "/artikel/{slug}-{number}", "de"
    ),
    Publisher("faro", "El Faro de Levante", "Diario de la comarca", "rss", "bare.html", "/noticias/{slug}/", "es"),
)
