"""A second embedding model, made offline of the weights that are here: 256 dimensions, and a scale of its own.

The mean of the first 128 tokens, projected at random, moved along one direction: unlike texts have a cosine of about .5 in
place of 0, as many a real model has it.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules

from wirewatch.core.model import Vectors
from wirewatch.io import embedding
from wirewatch.settings import ROOT

DIMENSIONS = 256


def save(folder: Path) -> Path:
    """Save the model into a folder, where it is not there yet."""
    if not (folder / "modules.json").exists():
        transformer = modules.Transformer(embedding.find(), max_seq_length=128)
        pooling = modules.Pooling(transformer.get_embedding_dimension())
        dense = modules.Dense(384, DIMENSIONS, activation_function=torch.nn.Identity())
        torch.manual_seed(1)
        dense.linear.weight.data = torch.nn.init.orthogonal_(torch.empty(DIMENSIONS, 384)) * 384**0.5 / DIMENSIONS**0.5
        dense.linear.bias.data = torch.full((DIMENSIONS,), DIMENSIONS**-0.5)
        SentenceTransformer(modules=[transformer, pooling, modules.Normalize(), dense], device="cpu").save(str(folder))
    return folder


def texts(path: Path, number: int = 150) -> Path:
    """English texts as `wirewatch models measure` takes them: labels and definitions of topics."""
    concepts = json.loads((ROOT / "seeds" / "topics" / "iptc-mediatopics.json").read_text(encoding="utf-8"))["concepts"]
    lines = [json.dumps({"title": one["label"], "text": one["definition"] or ""}) for one in concepts[:number]]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def embed(folder: Path, found: list[str]) -> Vectors:
    """Its vectors of some texts."""
    return embedding.embed(found, str(folder))
