"""`make audit`: bandit over the code, and pip-audit over the pins. 1 where something was found, 2 where the pins could not be audited."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_UNREACHABLE = ("ConnectionError", "could not be audited", "ServiceError", "Failed to resolve", "Max retries")


def main() -> int:
    """Run both."""
    program = Path(sys.executable).parent
    bandit = subprocess.run(
        [program / "bandit", "-q", "-c", "pyproject.toml", "-r", "plugins", "dags"], cwd=ROOT, check=False
    )
    print(
        "bandit: clean; what it skips is answered in pyproject.toml" if not bandit.returncode else "bandit: see above"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        # The CPU build of torch has a local version, which no advisory names.
        pins.write((ROOT / "constraints.txt").read_text(encoding="utf-8"))
        pins.flush()
        command = [program / "pip-audit", "-r", pins.name, "--no-deps", "--disable-pip", "--timeout", "15"]
        found = [
            subprocess.run([*command, "-s", service], capture_output=True, text=True, check=False)
            for service in ("osv", "pypi")
        ]
    for service, done in zip(("osv", "pypi"), found, strict=True):
        said = done.stdout + done.stderr
        if not any(sign in said for sign in _UNREACHABLE):
            print(f"pip-audit ({service}):\n{said.strip()}")
            return int(bool(bandit.returncode or done.returncode))
    print(
        "pip-audit: no advisory service can be reached from here, so the pins were NOT audited. Run it where api.osv.dev answers."
    )
    return bandit.returncode or 2


if __name__ == "__main__":
    sys.exit(main())
