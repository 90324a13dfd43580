"""Pages that are no articles, by what they say and how they are built. An article is rejected by none of these lightly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

from wirewatch.core.clean.page import Page, shown_text
from wirewatch.core.clean.structured import Facts
from wirewatch.core.clean.words import without_spaces
from wirewatch.core.model import Rejected

_LEAST_WORDS, _TEASER, _SHORT, _STUB = 25, 40, 80, 120
_LEAST_ENTRIES, _LEAST_TEASERS = 8, 10
_MOST_LINKS, _MOST_LINES = 400, 400
_SHORTEST_TITLE, _LONGEST_TITLE = 12, 300
_TEASER_LINES = 3
"""A list's entries have a title, a summary and a line on when and by whom: one line in three is a title at least."""
_CHALLENGE = re.compile(
    r"just a moment\.\.\.|checking (if the site connection is secure|your browser)|verify(ing)? (that )?you are (a )?human"
    r"|enable javascript and cookies to continue|attention required! \| cloudflare|are you (a robot|human)\?|unusual traffic|captcha"
    r"|access (to this page has been |is )?denied|request unsuccessful\. incapsula|pardon our interruption|ddos protection by"
    r"|please enable (js|javascript) and disable any ad blocker|bot (detection|verification)|einen moment,? bitte"
    r"|(vérifiez|confirmez) que vous êtes humain|verifica(r)? que (eres|é) (un )?human|ich bin kein roboter|je ne suis pas un robot",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we (value|care about|respect) your privacy|your privacy choices|consent to (the use of )?cookies"
    r"|(accept|allow|reject) (all )?cookies|manage (your )?(cookie|privacy) (settings|preferences|choices)|wir und unsere partner"
    r"|datenschutzeinstellungen|(allen? )?cookies? zustimmen|zustimmung|mit werbung weiterlesen|werbefrei lesen|akzeptieren und weiter"
    r"|nous (et nos partenaires|respectons votre vie priv)|accepter (et continuer|les cookies)|continuer sans accepter"
    r"|aceptar (todas )?(las )?cookies|valoramos (tu|su) privacidad|informativa sui cookie|accetta (tutti )?i cookie"
    r"|wij waarderen (je|uw) privacy|cookies accepteren|cookies? akzeptieren|szanujemy twoją prywatność|acceptera (alla )?(cookies|kakor)"
    r"|aceitar (todos os )?cookies|privacidade? (nos|es|é) importa|antes de continuar|avant de continuer|bevor (du|sie) fortf",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b404\b|page (was |can(no|['’]t) be |could not be |is )?(not found|missing)|(page|article|story) can(no|['’])t be found"
    r"|(page|article|story) (you('| a|’)re looking for )?(does ?n[o'’]t|no longer) exists?|no longer available"
    r"|(couldn|can)['’]t find (that|the|this) page"
    r"|seite (wurde |konnte )?nicht gefunden|artikel (ist )?nicht mehr verfügbar|page (introuvable|non trouvée)|n['’]existe (plus|pas)"
    r"|p[aá]gina n[oã]o? encontrada|no (se )?(ha )?encontra(do|mos) la p[aá]gina|pagina non trovata|pagina niet gevonden|niet gevonden"
    r"|sid(an|en) (kunde inte hittas|blev ikke fundet|finnes ikke)|nie (została )?znalezion[oa]|sivua ei löytynyt|страница не найдена"
    r"|сторінку не знайдено|ページが見つかりません|页面不存在|페이지를 찾을 수 없습니다|halaman tidak ditemukan|sayfa bulunamadı",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe (now )?to (continue|read|keep|unlock)|already a subscriber|to (continue|keep) reading|subscribers? only|for subscribers"
    r"|(this|the) (article|content|story) is (reserved |available )?(only )?(for|to) (our )?(subscribers|members)|register to read"
    r"|(log|sign) in to (read|continue)|start your free trial|weiterlesen mit|nur f[uü]r abonnent|exklusiv für abonnent|jetzt abonnieren"
    r"|(article |contenu )?r[eé]serv[eé] (à nos |aux )abonn[eé]s|il vous reste \d+ ?% de cet article|solo para suscriptores"
    r"|contenido exclusivo para suscriptores|riservato agli abbonati|contenuto riservato|alleen voor abonnees|lees verder met"
    r"|endast för prenumeranter|kun for abonnenter|tylko dla prenumeratorów|vain tilaajille|conteúdo exclusivo para assinantes"
    r"|только для подписчиков|有料会員限定|この記事は有料",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"\blive[- ]?(blog|ticker|updates?|coverage|stream)\b|\bnews-?ticker\b|minute[- ]by[- ]minute"
    r"|as it happened|en direct\b|minuto a minuto"
    r"|in diretta\b|ao vivo\b|relacja na żywo|liverapport|direktrapport",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"^\W{0,3}\d{1,2}[:.h]\d{2}\b", re.MULTILINE)
_VIDEO_PATH = re.compile(r"/(videos?|watch|video-?gallery|mediathek)(/|$)", re.IGNORECASE)


def judge(page: Page, facts: Facts, text: str, url: str) -> tuple[Rejected | None, str]:
    """Why the page is no article, with what tells it; (None, "") where it is one."""
    words = len(text.split())
    spaceless = len(text) if without_spaces(text) else 0
    for found in (
        _by_words(page, facts, text, words, spaceless),
        _by_shape(page, facts, text, words, url),
        _by_length(text, words),
    ):
        if found[0] is not None:
            return found
    return None, ""


def _by_words(page: Page, facts: Facts, text: str, words: int, spaceless: int) -> tuple[Rejected | None, str]:
    """Walls and missing pages, which say what they are, and say little else."""
    title = " ".join(filter(None, (facts.page_title, facts.h1)))
    shown = page.text(6000) if words < _STUB else ""
    few = words < _SHORT and spaceless < 4 * _SHORT
    if few and (match := _CHALLENGE.search(title) or (_CHALLENGE.search(shown) if words < _LEAST_WORDS else None)):
        return Rejected.CHALLENGE, _quote(match)
    if words < _STUB and (
        match := _MISSING.search(title) or (_MISSING.search(shown) if few and not facts.ld else None)
    ):
        return Rejected.SOFT_404, _quote(match)
    asks = next(page.tree.iterfind(".//input[@type='password']"), None) is not None
    if asks and words < _TEASER and not spaceless and not _declares_article(facts):
        return Rejected.PAYWALL, f"a form that asks for a password, and {words} words"
    # The buttons of a wall are no part of the text that was found; beside a whole article they are a banner.
    said = shown if words < _TEASER and not spaceless else text
    if few and not facts.ld and (match := _CONSENT.search(title) or _CONSENT.search(said)):
        return Rejected.CONSENT_WALL, _quote(match)
    if words < _STUB and _closed(facts) and (match := _PAYWALL.search(shown)):
        return Rejected.PAYWALL, _quote(match)
    if words < _TEASER and not spaceless and _closed(facts):
        return Rejected.PAYWALL, "the page says that it is not free, and shows little"
    if few and words and (match := _PAYWALL.search(text)):
        return Rejected.PAYWALL, _quote(match)
    return None, ""


def _by_shape(page: Page, facts: Facts, text: str, words: int, url: str) -> tuple[Rejected | None, str]:
    """Pages that hold something else than one article."""
    if words < _SHORT and _is_video(facts, url):
        return Rejected.VIDEO, f"a video, with {words} words beside it"
    if "LiveBlogPosting" in facts.kinds:
        return Rejected.LIVE_TICKER, "the page declares a live blog"
    entries = max(len(_CLOCK.findall(text)), sum(1 for _ in page.tree.iter("time")))
    title = " ".join(filter(None, (facts.page_title, facts.h1)))
    if entries >= _LEAST_ENTRIES and not _declares_article(facts) and (match := _LIVE.search(title)):
        return Rejected.LIVE_TICKER, _quote(match)
    if not _declares_article(facts) and (listed := _by_links(page, facts, text, words, url)):
        return Rejected.SECTION_FRONT, f"{listed}, and no article declared"
    return None, ""


def _by_length(text: str, words: int) -> tuple[Rejected | None, str]:
    if not text.strip():
        return Rejected.EMPTY, "no text was found"
    if words < _LEAST_WORDS and len(text) < 3 * _LEAST_WORDS:
        return Rejected.TOO_SHORT, f"{words} words"
    return None, ""


def _closed(facts: Facts) -> bool:
    free = facts.ld.get("isAccessibleForFree")
    tier = facts.meta.get("article:content_tier", "")
    return str(free).lower() == "false" or tier in ("locked", "metered")


def _is_video(facts: Facts, url: str) -> bool:
    if facts.meta.get("og:type", "").lower().startswith("video"):
        return True
    declared = "VideoObject" in facts.kinds and not facts.ld.get("articleBody")
    return declared and (not _declares_article(facts) or bool(_VIDEO_PATH.search(urlsplit(url).path)))


def _declares_article(facts: Facts) -> bool:
    kind = facts.meta.get("og:type", "").lower()
    return bool(facts.ld.get("headline") or kind == "article" or "article:published_time" in facts.meta)


def _by_links(page: Page, facts: Facts, text: str, words: int, url: str) -> str:
    """What tells that the page is a list of others; "" where it is none."""
    path = urlsplit(url).path.strip("/")
    short = not path or (path.count("/") == 0 and "-" not in path and not re.search(r"\d", path))
    links = sum(1 for link in islice(page.tree.iter("a"), _MOST_LINKS) if link.get("href"))
    if short and links > 60 and words < 400:
        return "many links, little text"
    listed = facts.kinds & {"CollectionPage", "ItemList", "SearchResultsPage"}
    if listed and _teasers(page) >= _LEAST_TEASERS and words < 40 * _LEAST_TEASERS:
        return "a list is declared, with little text"
    announced = _announcements(page, text, url)
    return f"{announced} lines of the text lead to other pages" if announced else ""


def _announcements(page: Page, text: str, url: str) -> int:
    """How many lines of the text are links to other pages of the site; 0 where that is few of them, as in an article."""
    lines = [_letters(line) for line in text.splitlines()[:_MOST_LINES]]
    if len(lines) < _LEAST_ENTRIES:
        return 0
    titles = set(_titles_of_others(page, url))
    announced = sum(
        any(line[:size] in titles for size in range(min(len(line), _LONGEST_TITLE), len(line) // 2, -1))
        for line in lines
    )
    return announced if announced >= _LEAST_ENTRIES and announced * _TEASER_LINES >= len(lines) else 0


def _titles_of_others(page: Page, url: str) -> Iterator[str]:
    """What the links say that lead to other pages of the site, where that is long enough for a title."""
    own = urlsplit(url)
    for link in islice(page.tree.iter("a"), _MOST_LINKS):
        try:
            to = urlsplit(urljoin(url, link.get("href") or ""))
        except ValueError:
            continue
        if (
            to.netloc == own.netloc
            and to.path != own.path
            and _SHORTEST_TITLE <= len(title := _letters(shown_text(link))) <= _LONGEST_TITLE
        ):
            yield title


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _teasers(page: Page) -> int:
    """Headings that are links: each announces another page."""
    headings = page.tree.iter("h2", "h3", "h4")
    return sum(
        1 for heading in headings if heading.find(".//a") is not None or getattr(heading.getparent(), "tag", "") == "a"
    )


def _quote(match: re.Match[str] | None) -> str:
    return f"“{match.group().strip()}”" if match and match.group().strip() else ""
