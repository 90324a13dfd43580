"""The page's own style sheet and script, out of the package, under addresses that change with their content."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

router = APIRouter()
_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def _content(name: str) -> tuple[bytes, str, str]:
    path = _FOLDER / name
    body = path.read_bytes()
    return body, _TYPES[path.suffix], sha256(body).hexdigest()[:12]


def names() -> list[str]:
    """The files that there are."""
    return sorted(path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES)


def address(name: str) -> str:
    """Where a file is served, below the page's root."""
    return f"static/{_content(name)[2]}/{name}"


@router.get("/static/{digest}/{name}")
def asset(digest: str, name: str) -> Response:
    """One of the files; kept by the browser for as long as its address holds."""
    if name not in names() or _content(name)[2] != digest:
        raise HTTPException(404, "There is no such file.")
    body, kind, _ = _content(name)
    return Response(body, media_type=kind, headers={"Cache-Control": "private, max-age=31536000, immutable"})
