"""`python tests/fuzz/hunt.py TARGET FOLDER SECONDS ENGINE`: one target in a process of its own, for a time; what it counted in FOLDER.

The engine is atheris (libFuzzer, guided by coverage) or changes (known inputs changed at random, unguided). A fault does not
end the hunt: its input is kept, once for each place that raises, and the hunt goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
_SLOW = 5.0


class Hunt:
    """Counts inputs and keeps those that break the target."""

    def __init__(self, run: object, folder: Path) -> None:
        self._run, self._folder = run, folder
        self.inputs, self.slowest, self.begun, self._said = 0, 0.0, time.monotonic(), 0.0
        self.faults: dict[str, str] = {}

    def __call__(self, data: bytes) -> None:
        """One input."""
        begun = time.process_time()
        try:
            self._run(data)  # type: ignore[operator]
        except Exception as problem:  # noqa: BLE001  (a fault of whatever kind is what is hunted)
            self._keep(data, _place(problem), "".join(traceback.format_exception(problem)[-6:]))
        spent = time.process_time() - begun
        if spent > _SLOW:
            self._keep(data, "slow", f"{spent:.1f} s of CPU")
        self.inputs += 1
        self.slowest = max(self.slowest, spent)
        if time.monotonic() - self._said > 1:
            self.say()

    def say(self) -> None:
        """Write the counts down: atheris ends the process without coming back."""
        self._said = time.monotonic()
        counts = {
            "inputs": self.inputs,
            "seconds": round(self._said - self.begun, 1),
            "slowest": round(self.slowest, 2),
        }
        (self._folder / "counts.json").write_text(json.dumps({**counts, "faults": self.faults}), encoding="utf-8")

    def _keep(self, data: bytes, place: str, what: str) -> None:
        if place in self.faults:
            return
        self.faults[place] = what
        (self._folder / f"fault-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        self.say()


def _place(problem: BaseException) -> str:
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__} at {Path(last.filename).name}:{last.lineno}"


def changed(rng: random.Random, known: list[bytes], words: list[bytes]) -> bytes:
    """A known input with a few bytes changed, cut, doubled, or put together with another."""
    data = bytearray(rng.choice(known))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at : at + 1] = rng.randbytes(1)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + rng.randint(1, 60)]
            case 3:
                data[at:at] = rng.choice(words) if words else rng.randbytes(3)
            case _:
                data[at:] = rng.choice(known)[at:]
    return bytes(data)


def main() -> None:
    """Hunt."""
    name, folder, seconds, engine = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    if engine == "atheris":
        import atheris

        with atheris.instrument_imports(include=["wirewatch", "feedparser"], enable_loader_override=False):
            import wirewatch.core.clean
            import wirewatch.core.feed.parse
            import wirewatch.core.opml
            import wirewatch.core.robots
            import wirewatch.jobs.filters
            import wirewatch.jobs.poll_record

            if name == "page":
                import wirewatch.web.application  # noqa: F401
    from fuzz.targets import TARGETS, regressions

    target = TARGETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        WIREWATCH_HOME=str(folder / "home"), WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8", WIREWATCH_HOST_SPACING="0.01"
    )
    known = [*target.seeds, *(path.read_bytes() for path in regressions(name))]
    with target.open() as run:
        hunt = Hunt(run, folder)
        for data in known:
            hunt(data)
        if engine == "changes":
            rng, words = random.Random(name), [word.encode() for word in target.words]
            while time.monotonic() - hunt.begun < seconds:
                hunt(changed(rng, known, words)[: target.longest])
            hunt.say()
            return
        corpus = folder / "corpus"
        corpus.mkdir(exist_ok=True)
        for data in known:
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        dictionary = folder / "words"
        dictionary.write_text("\n".join(f'"{_escaped(word)}"' for word in target.words), encoding="ascii")
        options = [
            f"-max_total_time={int(seconds)}",
            f"-max_len={target.longest}",
            "-timeout=120",
            "-rss_limit_mb=6000",
        ]
        atheris.Setup([sys.argv[0], *options, f"-dict={dictionary}", f"-artifact_prefix={folder}/", str(corpus)], hunt)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" if byte in b'"\\' or not 32 <= byte < 127 else chr(byte) for byte in word.encode())


if __name__ == "__main__":
    main()
