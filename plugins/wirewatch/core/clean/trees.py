"""Boosted decision trees as arrays: read from a file, asked with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_ROWS = 1024


class WrongTrees(ValueError):
    """The file holds no trees, or trees for other features."""


@dataclass(frozen=True)
class Trees:
    """A forest in one table of nodes; a leaf points to itself. `version` names the weights.

    `feature`, `threshold`, `left`, `right`, `value`: shape (nodes,). `roots`: shape (trees,). A row goes left where
    its feature is at most the threshold.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    baseline: float
    depth: int
    width: int
    version: str

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of each row, shape (rows,). WrongTrees where the rows have another number of features."""
        if rows.ndim != 2 or rows.shape[1] != self.width:
            message = f"The trees {self.version} read {self.width} features, not {rows.shape[1:]}: train them again."
            raise WrongTrees(message)
        parts = [self._some(rows[i : i + _ROWS]) for i in range(0, len(rows), _ROWS)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _some(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        flat, starts = rows.ravel(), (np.arange(len(rows), dtype=np.int32) * self.width)[:, None]
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        for _ in range(self.depth):
            goes_left = flat[starts + self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        raw = self.value[at].sum(axis=1) + self.baseline
        return np.asarray(1 / (1 + np.exp(-raw)), dtype=np.float32)

    def digest(self) -> str:
        """SHA-256 of what the trees decide by, as hexadecimal digits."""
        tables = (self.feature, self.threshold, self.left, self.right, self.value, self.roots)
        return sha256(b"".join(table.tobytes() for table in tables) + repr(self.baseline).encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Write the trees to an .npz file."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        np.savez_compressed(path, **fields)

    @classmethod
    def load(cls, path: Path) -> Trees:
        """Read what `save` wrote. WrongTrees where it is something else."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                found = {name: stored[name] for name in cls.__dataclass_fields__}
        except (OSError, KeyError, ValueError) as problem:
            message = f"{path} holds no trees ({problem}): make it with `wirewatch train-cleaning`."
            raise WrongTrees(message) from problem
        for name in ("baseline", "depth", "width", "version"):
            found[name] = found[name].item()
        return cls(**found)
