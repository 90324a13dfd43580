"""`make audit`: bandit over the code, and pip-audit over the pins. 1 where something was found, 2 where the pins could not be audited."""

from __future__ import annotations

import subprocess
import sys
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
    command = [program / "pip-audit", "-r", "constraints.txt", "--no-deps", "--disable-pip", "--timeout", "15"]
    for service in ("osv", "pypi"):
        done = subprocess.run([*command, "-s", service], cwd=ROOT, capture_output=True, text=True, check=False)
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
