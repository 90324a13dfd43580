"""In bfloat16 a text has the same vector, as near as vectors are ever the same; it is used where the processor has it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from morning import CRANE, CRANE_AGAIN, CRANE_OWN, OWLS
from wirewatch.io import embedding
from wirewatch.settings import settings

TEXTS = [CRANE, CRANE_AGAIN, CRANE_OWN, OWLS, "Kim Jong Un", "", "習近平" * 200, "x" * 5000]


@pytest.fixture
def precision(monkeypatch):
    def choose(name: str) -> None:
        monkeypatch.setenv("WIREWATCH_EMBED_PRECISION", name)
        settings.cache_clear()

    yield choose
    settings.cache_clear()


def test_vectors_are_the_same_as_far_as_they_ever_are(precision):
    precision("float32")
    whole = embedding.embed(TEXTS)
    precision("bfloat16")
    half = embedding.embed(TEXTS)
    assert half.dtype == whole.dtype == np.float32
    assert np.allclose(np.linalg.norm(half, axis=1), 1.0, atol=1e-3)
    assert ((half * whole).sum(axis=1) > 0.9995).all(), "what a replay holds to be the same vector"


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({}, False),
    ],
)
def test_by_itself_it_follows_the_processor(monkeypatch, precision, able, expected):
    precision("auto")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert embedding.in_bfloat16() is expected


def test_what_is_set_holds_on_any_processor(monkeypatch, precision):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    precision("float32")
    assert not embedding.in_bfloat16()
