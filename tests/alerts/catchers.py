"""Real servers on loopback that keep what they are sent: SMTP and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Mails:
    """A mail server: its port, what it took, and `before_answer`, called when a mail is in and not answered yet."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refuse: bool = False
    before_answer: Callable[[], None] = lambda: None

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        if self.refuse:
            return "451 try again later"
        self.taken.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.before_answer()
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Mails]:
    mails = Mails()
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        mails.port = free.getsockname()[1]
    controller = Controller(mails, hostname="127.0.0.1", port=mails.port, ready_timeout=60)
    controller.start()
    try:
        yield mails
    finally:
        controller.stop()


@dataclass
class Posts:
    """An HTTP server: its port, each POST as (path, headers, JSON), and the status that it answers."""

    port: int = 0
    taken: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    status: int = 200


@contextmanager
def http_server() -> Iterator[Posts]:
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.taken.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(posts.status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    posts.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield posts
    finally:
        server.shutdown()
        server.server_close()
