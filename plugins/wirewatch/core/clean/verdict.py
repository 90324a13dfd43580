"""Pages that are no articles, by what they say and how they are built. An article is rejected by none of these lightly."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from wirewatch.core.clean.page import Page
from wirewatch.core.clean.structured import Facts
from wirewatch.core.model import Rejected

_LEAST_WORDS, _TEASER, _SHORT, _STUB = 25, 40, 80, 120
_CHALLENGE = re.compile(
    r"just a moment\.\.\.|checking your browser|verify(ing)? (that )?you are (a )?human|enable javascript and cookies to continue"
    r"|attention required! \| cloudflare|are you a robot|unusual traffic|captcha|access denied|request unsuccessful\. incapsula"
    r"|pardon our interruption|ddos protection by",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we (value|care about) your privacy|your privacy choices|consent to (the use of )?cookies|accept (all )?cookies"
    r"|manage (your )?(cookie|privacy) (settings|preferences|choices)|wir und unsere partner|datenschutzeinstellungen|zustimm\w+"
    r"|nous (et nos partenaires|respectons votre vie priv)|aceptar (todas )?las cookies|informativa sui cookie",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b404\b|page (was |can(no|')t be |could not be |is )?(not found|missing)"
    r"|(page|article|story) (you('| a)re looking for )?(does ?n[o']t|no longer) exists?"
    r"|no longer available|seite (wurde )?nicht gefunden|page introuvable|p[aá]gina no encontrada|pagina non trovata|niet gevonden"
    r"|sidan kunde inte hittas|nie znaleziono",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe (now )?to (continue|read|keep)|already a subscriber|to (continue|keep) reading|subscribers? only|for subscribers"
    r"|register to read|weiterlesen mit|nur f[uü]r abonnenten|r[eé]serv[eé] aux abonn[eé]s|solo para suscriptores|riservato agli abbonati",
    re.IGNORECASE,
)


def judge(page: Page, facts: Facts, text: str, url: str) -> tuple[Rejected | None, str]:
    """Why the page is no article, with what tells it; (None, "") where it is one."""
    words = len(text.split())
    spaceless = len(text) if words < _LEAST_WORDS else 0
    title = " ".join(filter(None, (facts.page_title, facts.h1)))
    shown = page.text(6000) if words < _STUB else ""
    few = words < _SHORT and spaceless < 4 * _SHORT
    if few and (match := _CHALLENGE.search(title) or (_CHALLENGE.search(shown) if words < _LEAST_WORDS else None)):
        return Rejected.CHALLENGE, _quote(match)
    if words < _STUB and (
        match := _MISSING.search(title) or (_MISSING.search(shown) if few and not facts.ld else None)
    ):
        return Rejected.SOFT_404, _quote(match)
    if few and not facts.ld and (match := _CONSENT.search(title) or _CONSENT.search(text)):
        return Rejected.CONSENT_WALL, _quote(match)
    if words < _STUB and _closed(facts) and (match := _PAYWALL.search(shown)):
        return Rejected.PAYWALL, _quote(match)
    if words < _TEASER and not spaceless and _closed(facts):
        return Rejected.PAYWALL, "the page says that it is not free, and shows little"
    if few and words and (match := _PAYWALL.search(text)):
        return Rejected.PAYWALL, _quote(match)
    if _is_front(page, facts, words, url):
        return Rejected.SECTION_FRONT, "many links, little text, and no article declared"
    if not text.strip():
        return Rejected.EMPTY, "no text was found"
    if words < _LEAST_WORDS and spaceless < 3 * _LEAST_WORDS:
        return Rejected.TOO_SHORT, f"{words} words"
    return None, ""


def _closed(facts: Facts) -> bool:
    free = facts.ld.get("isAccessibleForFree")
    tier = facts.meta.get("article:content_tier", "")
    return str(free).lower() == "false" or tier in ("locked", "metered")


def _is_front(page: Page, facts: Facts, words: int, url: str) -> bool:
    path = urlsplit(url).path.strip("/")
    if facts.ld.get("headline") or facts.meta.get("og:type") == "article" or "article:published_time" in facts.meta:
        return False
    links = sum(1 for link in islice(page.tree.iter("a"), 400) if link.get("href"))
    return (
        (not path or (path.count("/") == 0 and "-" not in path and not re.search(r"\d", path)))
        and links > 60
        and words < 400
    )


def _quote(match: re.Match[str] | None) -> str:
    return f"“{match.group().strip()}”" if match and match.group().strip() else ""
