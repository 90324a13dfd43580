"""Writes .env with generated secrets for docker-compose.yml, with nothing but the standard library."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def make_secrets() -> dict[str, str]:
    """A new value for each secret that docker-compose.yml asks for."""
    return {
        "WIREWATCH_POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "WIREWATCH_REDIS_PASSWORD": secrets.token_urlsafe(24),
        "WIREWATCH_UI_PASSWORD": secrets.token_urlsafe(12),
        "WIREWATCH_FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "WIREWATCH_API_SECRET": secrets.token_urlsafe(32),
        "WIREWATCH_JWT_SECRET": secrets.token_urlsafe(64),
    }


def write(path: Path) -> bool:
    """Write the file, readable by its owner only; an old one is left as it is. Whether it was written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in make_secrets().items())
    return True


if __name__ == "__main__":
    made = write(ROOT / ".env")
    sys.stdout.write(
        ".env written; the UI's login is admin and WIREWATCH_UI_PASSWORD.\n" if made else ".env is there already.\n"
    )
