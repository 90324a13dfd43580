"""Channels: messages sent by Airflow's notifiers, with the connections that Airflow keeps. Knows Airflow; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseHook

from wirewatch.core.alert_file import Channel
from wirewatch.core.messages.message import Message
from wirewatch.jobs.deliver import TakenOver

_TIMEOUT = 30
_ADDRESS = re.compile(r"(https?://|url: )[^\s'\")]+")
_LONG_ENOUGH = 4
"""A secret shorter than this would blot out ordinary words."""


class NotSent(RuntimeError):
    """A channel did not take a message; the sentence says why, without a secret in it."""


class MailNotifier(SmtpNotifier):  # type: ignore[misc]  # Airflow's class is not typed
    """Airflow's SMTP notifier for a mail with plain text and HTML, sent once: the hook's own way sends HTML only, and
    sends again where the server hung up, even if it had taken the mail.
    """

    def __init__(self, message: Message, channel: Channel, on_the_wire: Callable[[], None]) -> None:
        super().__init__(to=list(channel.to), from_email=channel.sender or None, subject=message.subject,
                         html_content=message.html, smtp_conn_id=channel.connection)  # fmt: skip
        self._message, self._on_the_wire = message, on_the_wire

    @cached_property
    def hook(self) -> SmtpHook:
        """The provider's hook: connection, TLS and login."""
        return SmtpHook(smtp_conn_id=self.smtp_conn_id)

    def notify(self, context: Any) -> None:  # noqa: ARG002  (the notifier's interface)
        """Send the mail."""
        with self.hook as hook:
            sender = self.from_email or hook.from_email
            if not sender:
                problem = f"Nobody is named as the sender: add `from:` to the channel, or from_email to the connection {self.smtp_conn_id}."
                raise NotSent(problem)
            mail = self.mail(sender)
            self._on_the_wire()
            # The hook has no public way to send a mail of ours.
            refused = hook._smtp_client.send_message(mail)
            if refused:
                self.log.warning("The mail server refused some of the recipients: %s", ", ".join(refused))

    def mail(self, sender: str) -> EmailMessage:
        """The mail: text, and HTML for those who want it. Its Message-ID stays the same however often it is tried."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = self._message.subject, sender, ", ".join(self.to)
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = f"<{self._message.key}@{sender.rpartition('@')[2].strip('>') or 'wirewatch'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self._message.text)
        mail.add_alternative(self._message.html, subtype="html")
        return mail


def send(channel: Channel, message: Message, on_the_wire: Callable[[], None] = lambda: None) -> None:
    """Send a message on a channel. NotSent says why it was not taken."""
    try:
        if channel.kind == "smtp":
            MailNotifier(message, channel, on_the_wire).notify({})
        elif channel.kind == "slack":
            _require(channel)
            on_the_wire()
            SlackWebhookNotifier(
                slack_webhook_conn_id=channel.connection, text=message.subject, blocks=list(message.blocks),
                unfurl_links=False, timeout=_TIMEOUT,
            ).notify({})  # fmt: skip
        else:
            _require(channel)
            on_the_wire()
            HttpNotifier(
                http_conn_id=channel.connection, endpoint=channel.path or None, json=dict(message.payload),
                headers={"Idempotency-Key": message.key}, extra_options={"timeout": _TIMEOUT},
            ).notify({})  # fmt: skip
    except (NotSent, TakenOver):
        raise
    except Exception as problem:  # noqa: BLE001  (whatever a provider raises becomes a sentence)
        raise NotSent(_told(problem, channel)) from None


def _require(channel: Channel) -> None:
    """The connection is there, before anything is said to be on the wire."""
    BaseHook.get_connection(channel.connection)


def _told(problem: Exception, channel: Channel) -> str:
    """What went wrong, in a line without the connection's secrets."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    if "isn't defined" in text or "not found" in text.casefold():
        variable = f"AIRFLOW_CONN_{channel.connection.upper()}"
        return f"Airflow has no connection “{channel.connection}”: add it in Admin → Connections, or set {variable}."
    for secret in _secrets(channel):
        text = text.replace(secret, "***")
    return _ADDRESS.sub(_host_only, text)[:300]


def _secrets(channel: Channel) -> list[str]:
    try:
        connection = BaseHook.get_connection(channel.connection)
    except Exception:  # noqa: BLE001  (then there is no secret either)
        return []
    found = [connection.password or "", *(str(value) for value in connection.extra_dejson.values())]
    found += [quote(one, safe="") for one in found] + [part for one in found for part in one.split("/")]
    return sorted(
        {one for one in found if len(one) >= _LONG_ENOUGH and not one.startswith("http")}, key=len, reverse=True
    )


def _host_only(found: re.Match[str]) -> str:
    address = urlsplit(found[0])
    return f"{address.scheme}://{address.hostname}/…" if address.hostname else "url: …"
