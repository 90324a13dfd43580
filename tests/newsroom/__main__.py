"""`python tests/newsroom`: the press on its own."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from newsroom.server import PortTaken, press  # noqa: E402


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python tests/newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=8900, help="port of the index; publishers take the ports after it")
    parser.add_argument("--pace", type=float, default=20.0, help="seconds between two new articles")
    parser.add_argument(
        "--captured", type=Path, help="serve this folder of captured pages in place of the fictional press"
    )
    parser.add_argument(
        "--begun", type=Path, help="file that keeps when the press first opened, so that a restart goes on"
    )
    chosen = parser.parse_args()
    if chosen.captured and not (chosen.captured / "articles.jsonl").is_file():
        return _fail(f"{chosen.captured} has no articles.jsonl: it is no folder of captured pages.")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with press(chosen.port, pace=chosen.pace, folder=chosen.captured, begun=_begun(chosen.begun)) as running:
            print(
                f"The press is open: {running.index}/ ({len(running.sites)} publishers, {running.opml_url})", flush=True
            )
            stop.wait()
    except PortTaken as problem:
        return _fail(str(problem))
    return 0


def _begun(file: Path | None) -> datetime:
    if file and file.exists():
        return datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
    now = datetime.now(UTC)
    if file:
        file.write_text(now.isoformat(), encoding="utf-8")
    return now


def _fail(sentence: str) -> int:
    print(f"press: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
