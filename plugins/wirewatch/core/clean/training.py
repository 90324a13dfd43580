"""Fit the filter of blocks from pages whose text is known. Deterministic, without files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wirewatch.core.clean.blocks import Block, blocks_of
from wirewatch.core.clean.body import voters
from wirewatch.core.clean.features import Matrix, features
from wirewatch.core.clean.page import Page, read_page
from wirewatch.core.clean.structured import Facts, read_facts
from wirewatch.core.clean.trees import Trees
from wirewatch.core.clean.words import SHINGLE, shingles, words_of

TREES, LEAVES, DEPTH, RATE = 120, 20, 7, 0.08
FEATURES = 0.3
"""Of all features a split may choose among this share, drawn anew: what is telling on a few sites is not asked everywhere."""
_EASY_KEPT = 10
_USUAL_WORDS, _DAMPING = 400.0, 0.25


@dataclass(frozen=True)
class LabelledPage:
    """One page for training: its blocks' features, and the share of each block that is in the known text."""

    site: str
    texts: tuple[str, ...]
    rows: Matrix
    shares: NDArray[np.float32]


def labelled(html: bytes | str, url: str, text: str, site: str) -> LabelledPage:
    """A page made ready, by the same steps as when it is cleaned. UnreadablePage where it is none."""
    page = read_page(html)
    facts = read_facts(page)
    return prepared(page, facts, tuple(voters(page, facts, url).values()), text, site)


def prepared(page: Page, facts: Facts, answers: tuple[str, ...], text: str, site: str) -> LabelledPage:
    """A page that was read already, with the answers of `voters`, made ready for training."""
    blocks = blocks_of(page.tree)
    rows = features(blocks, facts, answers)
    return LabelledPage(site, tuple(block.text for block in blocks), rows, _shares(blocks, text))


def _shares(blocks: Sequence[Block], text: str) -> NDArray[np.float32]:
    """Of each block the share of its 4-word shingles that are in the text; a shorter one must be a line of it.

    What was found once is not found again: of two copies of a paragraph the first counts.
    """
    known = Counter(shingles(text, words_of(text)))
    lines = Counter(" ".join(words_of(line)) for line in text.splitlines())
    shares = np.zeros(len(blocks), dtype=np.float32)
    for number, block in enumerate(blocks):
        words = words_of(block.text)
        if len(words) < SHINGLE:
            line = " ".join(words)
            shares[number] = float(bool(line) and lines[line] > 0)
            lines[line] -= 1
            continue
        runs = shingles(block.text, words)
        found = [run for run in runs if known[run] > 0]
        shares[number] = len(found) / len(runs)
        if shares[number] > 1 / 2:
            known.subtract(found)
    return shares


def fit(pages: Sequence[LabelledPage]) -> Trees:
    """Boosted trees for "this block is in the text". Long blocks weigh more; of short links one in ten is looked at.

    Their version is a digest of the trees themselves: other pages or another way to fit them have another.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    parts = [_sample(page) for page in pages]
    model = HistGradientBoostingClassifier(
        max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, max_depth=DEPTH, min_samples_leaf=30,
        l2_regularization=5.0, max_features=FEATURES, random_state=0, early_stopping=False,
    )  # fmt: skip
    rows, found, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    model.fit(rows, found, sample_weight=weights)
    return _as_trees(model, rows.shape[1])


def _sample(page: LabelledPage) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.float32]]:
    words = page.rows[:, 0]
    easy = (words < SHINGLE) & (page.rows[:, 1] > 0.9)
    kept = ~easy | (np.arange(len(words)) * 7919 % _EASY_KEPT == 0)
    damped = (_USUAL_WORDS / max(100.0, float(words.sum()))) ** _DAMPING
    weights = (np.log1p(words) * damped).astype(np.float32)
    return page.rows[kept], (page.shares > 1 / 2)[kept], weights[kept]


def _as_trees(model: object, width: int) -> Trees:
    """The trees of scikit-learn's model, which has no public form of them, as plain arrays."""
    forest = [stage[0].nodes for stage in model._predictors]  # type: ignore[attr-defined]
    sizes = np.array([len(nodes) for nodes in forest])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    leaf = np.concatenate([nodes["is_leaf"] for nodes in forest]).astype(bool)
    itself = np.arange(len(leaf))
    start = np.repeat(roots, sizes)
    left = np.where(leaf, itself, start + np.concatenate([nodes["left"] for nodes in forest]))
    right = np.where(leaf, itself, start + np.concatenate([nodes["right"] for nodes in forest]))
    feature = np.where(leaf, 0, np.concatenate([nodes["feature_idx"] for nodes in forest]))
    threshold = np.where(leaf, 0.0, np.concatenate([nodes["num_threshold"] for nodes in forest]))
    trees = Trees(
        feature=feature.astype(np.int16),
        threshold=threshold.astype(np.float32),
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        value=np.concatenate([nodes["value"] for nodes in forest]).astype(np.float32),
        roots=roots.astype(np.int32),
        baseline=float(np.ravel(model._baseline_prediction)[0]),  # type: ignore[attr-defined]
        depth=max(int(nodes["depth"].max()) for nodes in forest),
        width=width,
        version="",
    )
    return replace(trees, version=f"blocks-{trees.digest()[:12]}")
