"""Pages that are no articles, of each kind in several shapes and languages, and articles that look a little like them."""

from __future__ import annotations

import json

import pytest

from wirewatch.core.clean import clean
from wirewatch.core.model import Rejected

URL = "https://gull.example/2025/03/pier-is-rebuilt"
WORDS = (
    "The council of the harbour town voted on Monday to rebuild the old pier after two winters of storms had carried "
    "away most of its planks. Work is to begin in spring and to last a year, the mayor said. "
)
ARTICLE = "".join(f"<p>{WORDS}</p>" for _ in range(6))
LINKS = "".join(f"<a href='/{n}'>News item number {n}</a> " for n in range(80))
STUB = "<p>You can reach us by telephone on every day of the week but Sunday, from nine until five, at the usual number.</p>"
TEASERS = "".join(
    f"<article><h3><a href='/{n}'>Pier news number {n}</a></h3><p>Short.</p></article>" for n in range(15)
)


CARDS = "".join(
    f"<div><a href='/n{n}'><h3>Minister number {n} visits the capital</h3></a><p>The visit is number {n} since the treaty.</p></div>"
    for n in range(25)
)
ENTRIES = "".join(
    f"<li><a href='/2026/{n}'>Storm number {n} reaches the northern coast</a> <time>1 May</time></li>"
    for n in range(28)
)
ENTRIES_KANA = "".join(f"<li><a href='/2026/{n}'>嵐{n}号が北の海岸に到達し港は閉鎖された</a></li>" for n in range(28))


def html(title="Pier", body="", head="", ld=None):
    script = f"<script type='application/ld+json'>{json.dumps(ld)}</script>" if ld else ""
    return f"<html><head><title>{title}</title>{head}{script}</head><body>{body}</body></html>"


def ticker(title, entries=12):
    body = "".join(
        f"<div><time>1{n % 10}:0{n % 10}</time><p>1{n % 10}:0{n % 10} {WORDS}</p></div>" for n in range(entries)
    )
    return html(title, f"<h1>{title}</h1>{body}")


CASES = [
    (html("Just a moment...", "<p>Checking your browser before accessing.</p>"), Rejected.CHALLENGE),
    (html("Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1>"), Rejected.CHALLENGE),
    (html("gull.example", "<p>Please enable JS and disable any ad blocker</p>"), Rejected.CHALLENGE),
    (
        html("Access denied", "<p>You don't have permission to access this server. Reference #18.</p>"),
        Rejected.CHALLENGE,
    ),
    (
        html("Pardon Our Interruption", "<p>Something about your browser made us think you were a bot.</p>"),
        Rejected.CHALLENGE,
    ),
    (html("Vérification", "<p>Confirmez que vous êtes humain pour continuer.</p>"), Rejected.CHALLENGE),
    (
        html("Bevor Sie weiterlesen", "<p>Wir und unsere Partner verarbeiten Daten. Allen Cookies zustimmen.</p>"),
        Rejected.CONSENT_WALL,
    ),
    (html("Before you continue", "<p>We use cookies and data to deliver services.</p>"), Rejected.CONSENT_WALL),
    (html("Le Goéland", "<p>Nous respectons votre vie privée. Continuer sans accepter.</p>"), Rejected.CONSENT_WALL),
    (
        html("La Gaviota", "<p>Valoramos tu privacidad. Aceptar todas las cookies o configurar.</p>"),
        Rejected.CONSENT_WALL,
    ),
    (html("De Meeuw", "<p>Wij waarderen uw privacy. Alle cookies accepteren.</p>"), Rejected.CONSENT_WALL),
    (html("Mewa", "<p>Szanujemy Twoją prywatność. Zgadzam się.</p>"), Rejected.CONSENT_WALL),
    (html("404 Not Found", "<p>Sorry.</p>"), Rejected.SOFT_404),
    (
        html("The Gull", f"<h1>We couldn’t find that page</h1><p>Try the front page.</p>{LINKS[:300]}"),
        Rejected.SOFT_404,
    ),
    (html("Seite nicht gefunden | Die Möwe", "<p>Diese Adresse gibt es nicht.</p>"), Rejected.SOFT_404),
    (html("Page introuvable", "<p>Cette page n’existe plus.</p>"), Rejected.SOFT_404),
    (html("Página no encontrada", "<p>Vuelva al inicio.</p>"), Rejected.SOFT_404),
    (html("Страница не найдена", "<p>Вернитесь на главную.</p>"), Rejected.SOFT_404),
    (html("ページが見つかりません", "<p>トップへ戻る</p>"), Rejected.SOFT_404),
    (
        html(body="<article><p>The council voted on Monday.</p><p>Subscribe now to continue reading.</p></article>"),
        Rejected.PAYWALL,
    ),
    (
        html(
            body="<article><p>Der Rat stimmte am Montag ab.</p></article><div>Exklusiv für Abonnenten</div>",
            ld={"@type": "NewsArticle", "headline": "Pier", "isAccessibleForFree": False},
        ),
        Rejected.PAYWALL,
    ),
    (
        html(
            body="<p>Le conseil a voté lundi.</p><p>Il vous reste 85 % de cet article à lire. La suite est réservée.</p>",
            head="<meta property='article:content_tier' content='locked'>",
        ),
        Rejected.PAYWALL,
    ),
    (html(body="<p>El pleno votó el lunes.</p><p>Contenido exclusivo para suscriptores.</p>"), Rejected.PAYWALL),
    (html(body="<p>Watch: the pier.</p>", head="<meta property='og:type' content='video.other'>"), Rejected.VIDEO),
    (
        html(
            body="<h1>Watch</h1><p>The old pier from above, filmed by our reporter on Monday.</p>",
            ld={"@type": "VideoObject", "name": "Pier", "description": "The pier."},
        ),
        Rejected.VIDEO,
    ),
    (
        html(body=f"<h1>Storm live</h1>{ARTICLE}", ld={"@type": "LiveBlogPosting", "headline": "Storm"}),
        Rejected.LIVE_TICKER,
    ),
    (
        html(body=f"<h1>Storm</h1>{ARTICLE}", ld={"@graph": [{"@type": ["LiveBlogPosting"], "headline": "S"}]}),
        Rejected.LIVE_TICKER,
    ),
    (ticker("Storm live updates: pier closed"), Rejected.LIVE_TICKER),
    (ticker("Sturm im Liveticker: Pier gesperrt"), Rejected.LIVE_TICKER),
    (ticker("Tempête en direct : la jetée fermée"), Rejected.LIVE_TICKER),
    (
        html(
            "Pier",
            "<article><p>The council voted on Monday to rebuild the old pier, which two winters of storms had taken.</p></article>",
            ld={"@type": "NewsArticle", "headline": "Pier", "isAccessibleForFree": "False"},
        ),
        Rejected.PAYWALL,
    ),
    (html("Log in", f"<h1>Log in</h1><form><input name='who'><input type='password'></form>{STUB}"), Rejected.PAYWALL),
    (html(body="<p>Three short words.</p>"), Rejected.TOO_SHORT),
    (html(body="<div></div>"), Rejected.EMPTY),
]


@pytest.mark.parametrize(("page", "reason"), CASES)
def test_pages_that_are_no_articles_are_named_and_say_why(page, reason):
    found = clean(page, url=URL)
    assert found.rejected == reason
    assert found.detail


@pytest.mark.parametrize(
    ("page", "url"),
    [
        (html("The Gull", LINKS), "https://gull.example/"),
        (html("Sport | The Gull", LINKS), "https://gull.example/sport"),
        (
            html("Piers", TEASERS, ld={"@type": "CollectionPage", "name": "Piers"}),
            "https://gull.example/topics/piers-2025",
        ),
        (html("Found", TEASERS, ld={"@type": "ItemList", "name": "x"}), "https://gull.example/search/all/pier"),
        (html("World", f"<h1>World</h1><main>{CARDS}</main>"), "https://gull.example/2026/world-news-1/"),
        (html("Storms", f"<h1>Storms</h1><ul>{ENTRIES}</ul>"), "https://gull.example/topics/2026/storms"),
        (html("波の上", f"<h1>港</h1><ul>{ENTRIES_KANA}</ul>"), "https://gull.example/topics/2026/harbour"),
    ],
)
def test_lists_of_articles_are_section_fronts(page, url):
    assert clean(page, url=url).rejected == Rejected.SECTION_FRONT


LIST_INSIDE = "".join(
    f"<li><a href='/{n}'>The pier of harbour number {n} is rebuilt</a></li><li>{WORDS}</li><li>{WORDS}</li><li>{WORDS}</li>"
    for n in range(9)
)
DECLARED = {"@type": "NewsArticle", "headline": "Pier"}


@pytest.mark.parametrize(
    "page",
    [
        html("Why 404 means not found", f"<h1>Why 404 means not found</h1>{ARTICLE}"),
        html("Are you a robot? How captchas are beaten", f"<h1>Are you a robot?</h1>{ARTICLE}"),
        html("Cookies", f"<h1>What happens when you accept all cookies</h1>{ARTICLE}<div>We value your privacy</div>"),
        html(body=f"<h1>Pier</h1>{ARTICLE}<p>Already a subscriber? Log in.</p>"),
        html(body=f"<h1>Pier</h1>{ARTICLE}", ld={**DECLARED, "isAccessibleForFree": False}),
        html(body=f"<h1>Pier</h1>{ARTICLE}", ld=[DECLARED, {"@type": "VideoObject", "name": "Pier"}]),
        html(body=f"<h1>Pier</h1>{ARTICLE}{TEASERS}", ld=[DECLARED, {"@type": "ItemList", "name": "More"}]),
        html("The storm as it happened", f"<h1>The storm as it happened</h1>{ARTICLE}"),
        html("Live music returns", f"<h1>Live music returns to the pier</h1>{ARTICLE}", ld=DECLARED),
        html("Piers of the north", f"<article><h1>Piers of the north</h1><ul>{LIST_INSIDE}</ul></article>"),
        html("Ferries", f"<h1>Ferry service temporarily unavailable</h1>{ARTICLE}"),
        html(
            "Fire",
            "<p>The fire took 500 planks of the pier, and ferry service is unavailable until Monday, officials said.</p>",
        ),
        html("Log in", f"<h1>Why we log in</h1>{ARTICLE}<form><input type='password'></form>"),
        html(body=f"<h1>Pier</h1>{ARTICLE}{CARDS}"),
        html(body=f"<h1>Pier</h1>{ARTICLE}{LINKS}", head="<meta property='og:type' content='article'>"),
    ],
)
def test_articles_that_look_a_little_like_them_are_articles(page):
    found = clean(page, url=URL)
    assert found.rejected is None, found.detail
    assert "planks" in found.text
