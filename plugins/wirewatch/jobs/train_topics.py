"""Train the topic head again from its data, and write it with a card that says what it is."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wirewatch.core.model import Embed, Vectors
from wirewatch.core.topics import training
from wirewatch.core.topics.head import Array, Head, logistic, passage_scores
from wirewatch.core.topics.passages import WORDS
from wirewatch.core.topics.rules import Rule, RuleSet, parse_rules
from wirewatch.core.topics.training import Example

MODEL = "all-MiniLM-L6-v2"
LANGUAGES = ("en",)
BLEND = (0.50, 0.10, 0.40)
BEST_THRESHOLD, THRESHOLD, SHARE = 0.25, 0.35, 0.40
RULE_SCALE = 30.0
NARROWER_THRESHOLD = 0.5
NARROWER_RULE_SCALE = 8.0
EACH_HEADING = 500
"""Events of each of WCEP's headings that are embedded: more add hours of embedding and next to nothing else."""
RELATIONS = "medtop:20000638"


def _top(two_digits: str) -> str:
    return f"medtop:{two_digits}000000"


# Wikipedia's Current Events portal files each event under one heading. IPTC's topic for it, and the topics
# that such an event may have as well, on which the heading is silent.
_WCEP: dict[str, tuple[str | None, str]] = {
    "Armed conflicts and attacks": ("16", "02 03 11 14"),
    "Politics and elections": ("11", "02 04 14 16"),
    "International relations": ("11", "02 04 14 16"),
    "Law and crime": ("02", "04 11 14 16"),
    "Disasters and accidents": ("03", "02 06 16 17"),
    "Business and economy": ("04", "02 09 11 13"),
    "Arts and culture": ("01", "08 10 12"),
    "Sports": ("15", "02 04 08"),
    "Science and technology": ("13", "03 04 06 07"),
    "Health and environment": (None, "03 06 07 11 13 17"),
}
_TOPIC_OF = {label: _top(main) if main else None for label, (main, _) in _WCEP.items()}
_NEAR = {label: tuple(_top(c) for c in near.split()) for label, (_, near) in _WCEP.items()}


class TrainingDataError(FileNotFoundError):
    """A file that training needs is not where it was looked for."""


@dataclass(frozen=True, slots=True)
class Data:
    """What the head learns from: concepts, WCEP's events by split, the project's examples and rules."""

    concepts: list[dict[str, Any]]
    train: list[dict[str, Any]]
    dev: list[dict[str, Any]]
    own: list[Example]
    rules: list[Rule]
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """What training made: the head's version, its numbers of texts, and its scores on WCEP's dev part."""

    version: str
    concepts: int
    events: int
    own: int
    dev: int
    dev_top1: float
    relations_auc: float


def train_topics(data: Path, out: Path, embed: Embed) -> Report:
    """Fit the head from folder `data` (wcep.jsonl.gz) and `out`'s own folder, and write it and CARD.md there.

    `out` (head.npz) stands beside iptc-mediatopics.json, examples.jsonl and rules.yaml. The same inputs give
    the same weights. Raises TrainingDataError, which names the file.
    """
    read = read_data(data, out.parent)
    head, report = fit(read, embed)
    head.save(out)
    out.with_name("CARD.md").write_text(card(head, report), encoding="utf-8")
    return report


def read_data(data: Path, seeds: Path) -> Data:
    """The training data from its files."""
    wcep, concepts = data / "wcep.jsonl.gz", seeds / "iptc-mediatopics.json"
    examples, rules = seeds / "examples.jsonl", seeds / "rules.yaml"
    for path in (wcep, concepts, examples, rules):
        if not path.exists():
            message = f"{path.name} is missing in {path.parent}: training needs it; see seeds/topics/README.md."
            raise TrainingDataError(message)
    events = [json.loads(line) for line in gzip.decompress(wcep.read_bytes()).decode().splitlines()]
    constants = (BLEND, BEST_THRESHOLD, THRESHOLD, SHARE, RULE_SCALE, NARROWER_THRESHOLD, NARROWER_RULE_SCALE)
    content = b"".join(p.read_bytes() for p in (wcep, concepts, examples, rules)) + repr(constants).encode()
    digest = hashlib.sha256(content).hexdigest()
    return Data(
        json.loads(concepts.read_text(encoding="utf-8"))["concepts"],
        [e for e in events if e["split"] == "train"],
        [e for e in events if e["split"] == "dev"],
        [_own(json.loads(line)) for line in examples.read_text(encoding="utf-8").splitlines()],
        parse_rules(rules.read_text(encoding="utf-8")),
        digest,
    )


def _own(row: dict[str, Any]) -> Example:
    return Example(row["text"], frozenset(row["topics"]), frozenset(row.get("arguable", ())), training.OWN_WEIGHT)


def fit(data: Data, embed: Embed) -> tuple[Head, Report]:
    """The head from `data`, and how it does on WCEP's dev part."""
    names = {c["id"]: c["label"] for c in data.concepts}
    qcodes = tuple(c["id"] for c in data.concepts if c["level"] == 1)
    head = Head(
        qcodes=qcodes,
        names=tuple(names[q] for q in qcodes),
        blend=BLEND,
        best_threshold=BEST_THRESHOLD,
        threshold=THRESHOLD,
        share=SHARE,
        rule_scale=RULE_SCALE,
        rules=tuple(data.rules),
        narrower=tuple((c["id"], c["label"], c["top"]) for c in _second_level(data)),
        narrower_threshold=NARROWER_THRESHOLD,
        narrower_rule_scale=NARROWER_RULE_SCALE,
        languages=LANGUAGES,
        model=MODEL,
        version=f"topics-{data.digest[:12]}",
        **_weights(data, qcodes, embed),
    )
    return head, _report(head, data, embed)


def _second_level(data: Data) -> list[dict[str, Any]]:
    """The concepts that are looked for below a top that is given."""
    return [c for c in data.concepts if c["level"] == 2]


def _weights(data: Data, qcodes: Sequence[str], embed: Embed) -> dict[str, Any]:
    """The trained fields of a head: A on news, B on concepts, T on both, and the second level."""
    rules = RuleSet(data.rules)
    concepts = [_concept(c, data.concepts) for c in data.concepts]
    events = [training.exclusive(_text(e), e["labels"][0], _TOPIC_OF, _NEAR, rules) for e in data.train]
    chosen = _balanced(data.train)
    news = [*(events[i] for i in chosen), *data.own]
    every = [*events, *data.own, *concepts]
    vectors, about = _embed(embed, news), _embed(embed, concepts)
    words, idf, sparse = training.fit_sparse(
        [e.text for e in every], training.targets(every, qcodes), training.C_SPARSE
    )
    related = [data.train[i]["labels"][0] == "International relations" for i in chosen]
    return {
        "dense": training.fit_dense(vectors, training.targets(news, qcodes), training.C_DENSE),
        "concept": training.fit_dense(about, training.targets(concepts, qcodes), training.C_CONCEPT),
        "sparse": sparse,
        "vocabulary": tuple(words),
        "idf": idf,
        "narrower_dense": _narrower(data, [*news, *concepts], np.vstack([vectors, about]), related),
        "background": vectors[len(chosen) :],
    }


def _concept(concept: dict[str, Any], concepts: Sequence[dict[str, Any]]) -> Example:
    """A definition as an example of its top and of the second-level concept that it lies in."""
    parents = {c["id"]: c for c in concepts}
    lineage, at = {concept["top"]}, concept
    while at["level"] > 2:
        at = parents[at["parent"]]
    return Example(f"{concept['label']}. {concept['definition']}", frozenset(lineage | {at["id"]}))


def _balanced(events: Sequence[dict[str, Any]]) -> list[int]:
    """The first EACH_HEADING events of every heading, by number."""
    counts: Counter[str] = Counter()
    chosen = []
    for number, event in enumerate(events):
        counts[event["labels"][0]] += 1
        if counts[event["labels"][0]] <= EACH_HEADING:
            chosen.append(number)
    return chosen


def _narrower(data: Data, examples: Sequence[Example], vectors: Vectors, related: Sequence[bool]) -> Array:
    """A row for each second-level concept, told from its neighbours below the same top.

    *International relations* alone has a heading of its own in WCEP: it is told from the other headings.
    """
    below = {c["id"]: c["top"] for c in _second_level(data)}
    rows = []
    for qcode, top in below.items():
        if qcode == RELATIONS:
            known = [Example("", frozenset({qcode} if r else ())) for r in related]
            rows.append(training.fit_dense(vectors[: len(related)], training.targets(known, [qcode]), training.C_DENSE))
            continue
        inside = [n for n, e in enumerate(examples) if top in e.topics and any(below.get(q) == top for q in e.topics)]
        wanted = training.targets([examples[n] for n in inside], [qcode])
        rows.append(training.fit_dense(vectors[inside], wanted, training.C_NARROWER))
    return np.vstack(rows) if rows else np.zeros((0, vectors.shape[1] + 1), dtype=np.float32)


def _text(event: dict[str, Any]) -> str:
    return " ".join(f"{event['title']} {event['text']}".split()[:WORDS])


def _embed(embed: Embed, examples: Iterable[Example]) -> Vectors:
    return embed([e.text for e in examples])


def _report(head: Head, data: Data, embed: Embed) -> Report:
    texts = [_text(e) for e in data.dev]
    vectors = embed(texts)
    scores = passage_scores(head, texts, vectors)
    labels = [e["labels"][0] for e in data.dev]
    right = [
        _accepted(label, head.qcodes[int(best)]) for label, best in zip(labels, scores.argmax(axis=1), strict=True)
    ]
    row = [qcode for qcode, _, _ in head.narrower].index(RELATIONS)
    auc = _auc(logistic(vectors, head.narrower_dense)[:, row], [label == "International relations" for label in labels])
    return Report(
        head.version,
        len(data.concepts),
        len(data.train),
        len(data.own),
        len(data.dev),
        float(np.mean(right)),
        auc,
    )


def _accepted(label: str, qcode: str) -> bool:
    """Whether `qcode` is right for a WCEP heading: its own topic, or one that the heading covers as well."""
    also = {"Disasters and accidents": "17", "Business and economy": "09", "Arts and culture": "08"}
    if label == "Health and environment":
        return qcode in {_top("06"), _top("07")}
    return qcode == _TOPIC_OF[label] or (label in also and qcode == _top(also[label]))


def _auc(scores: Array, positive: Sequence[bool]) -> float:
    """The share of pairs (a positive, a negative) that the scores put in the right order (Mann-Whitney)."""
    order = np.argsort(np.argsort(scores)) + 1
    has = np.array(positive)
    n, m = int(has.sum()), int((~has).sum())
    return float((order[has].sum() - n * (n + 1) / 2) / (n * m))


def card(head: Head, report: Report) -> str:
    """The model card: on what it was trained, how it decides, how good it is, what it cannot."""
    a, b, t = head.blend
    return f"""# Topic head {report.version}

Made by `wirewatch train-topics`; do not edit. It gives an English article its IPTC Media Topics (17 top
level, and those of the level below it that are told well), any number of them, or none.

## Trained on

- {report.concepts:,} labels and definitions of the IPTC NewsCodes Media Topics, release 2025-10-09, © IPTC,
  https://iptc.org, CC BY 4.0;
- {report.events:,} events of the Wikipedia Current Events Portal (WCEP, train part, first {WORDS} words; A reads at
  most {EACH_HEADING} of each heading), © its contributors, CC BY-SA;
- {report.own:,} news texts and notices made up and labelled for this project (examples.jsonl), Apache-2.0.

The weights are shared under CC BY-SA 4.0 for WCEP's sake. Nothing else was used to train.

## How it decides

Passages of {WORDS} words are embedded by {head.model}.
A passage's score for a topic is {a} A + {b} B + {t} T:

- A, a logistic head on the vectors of events and examples;
- B, one on the vectors of the definitions;
- T, one on TF-IDF ({len(head.vocabulary):,} terms) of all three.

The article's score is the mean over passages, the lead counted twice, joined with the
{len(head.rules):,} word rules of rules.yaml: 1 - (1 - score) exp(-points / {head.rule_scale:g}).
The best topic is given from {head.best_threshold:g} on; a further one from {head.threshold:g} on, where it also has
{head.share:g} of the best one's score.

Below a topic that is given, {len(head.narrower)} topics of the second level are looked for: a logistic head on the
definitions and examples that lie below the same top, joined with their word rules in the same way
(scale {head.narrower_rule_scale:g}), given from {head.narrower_threshold:g} on. *International relations* learns from WCEP.

WCEP has one heading for each text. Topics that such an event may have as well, or of which the rules find
words, weigh little as negatives, and where the rules find many the topic is taken as true.

## How good

On WCEP's dev part ({report.dev:,} events, one label each): best topic right {report.dev_top1:.3f};
*international relations* AUC {report.relations_auc:.3f}.
On hand-labelled articles, several labels each: README.md beside this file.

## Limits

- Languages: {", ".join(head.languages)}. A text in another gets no topic.
- Scores can be compared; they are not calibrated probabilities.
- *Disaster*, *human interest* and *society* are the least certain.
- Lists, live blogs and newsletters on many subjects get the most frequent topic, or none.
"""
