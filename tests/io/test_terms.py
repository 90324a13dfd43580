"""How common words are: by language, so that the little words of a rarer language do not pass for rare ones."""

from __future__ import annotations

from wirewatch.io import postgres, terms


def test_words_are_counted_among_the_articles_of_their_language(warehouse):
    with postgres.transaction(warehouse) as db:
        for _ in range(40):
            terms.count(db, {"the", "train"}, "en")
        for _ in range(25):
            terms.count(db, {"der", "zug"}, "de")
        terms.count(db, {"die", "der"}, None)
        english, german, unknown = (terms.commonness(db, {"the", "der", "die"}, code) for code in ("en", "de", None))
    assert (english.articles, dict(english.having)) == (40, {"the": 40})
    assert (german.articles, dict(german.having)) == (25, {"der": 25})
    assert (unknown.articles, dict(unknown.having)) == (1, {"der": 1, "die": 1})
    assert german.idf("der") < english.idf("der")
