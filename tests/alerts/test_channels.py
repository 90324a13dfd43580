"""Channels: Airflow's notifiers against real servers on loopback; what they send, and what they say where they cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from wirewatch import channels
from wirewatch.core.alert_file import Channel
from wirewatch.core.messages import message as messages
from wirewatch.core.messages.message import Alert, Item, Message

HOSTILE = "<script>alert(1)</script>\r\nBcc: everybody@example.org *bold* <!channel> & “x”"
AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
TOKEN = "T0AAAAAAA/B0BBBBBBB/cccccccccccccccc"


def told(title: str = "Kim: train arrives") -> Message:
    item = Item(title, "The Paper", "javascript:alert(1)" if title == HOSTILE else "https://paper.test/a|b")
    alert = Alert(7, "hit", "leaders", title, (title,), AT, "http://desk.test/newsroom/stories/1", (item,), 1)
    return messages.of_alerts([alert], "delivery-7", "http://desk.test/newsroom", ["An earlier one"])


def mail_channel(monkeypatch, port: int, extra: str = "") -> Channel:
    monkeypatch.setenv(
        "AIRFLOW_CONN_TEST_MAIL", f"smtp://127.0.0.1:{port}/?disable_ssl=true&disable_tls=true&retry_limit=0{extra}"
    )
    return Channel("mail", "smtp", "test_mail", ("desk@example.org", "night@example.org"), "wirewatch@example.org")


def test_a_mail_has_text_and_html_and_an_id_of_its_own(monkeypatch, mails):
    wire: list[int] = []
    channels.send(mail_channel(monkeypatch, mails.port), told(), lambda: wire.append(len(mails.taken)))
    (mail,) = mails.taken
    assert wire == [0]
    assert mail["Subject"] == "[Wirewatch] Kim: train arrives"
    assert mail["To"] == "desk@example.org, night@example.org"
    assert mail["Message-ID"] == "<delivery-7@example.org>"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "Kim: train arrives (The Paper)" in text
    assert "http://desk.test/newsroom/stories/1" in text
    assert "An earlier one" in text
    assert '<a href="https://paper.test/a|b">Kim: train arrives</a>' in html


def test_a_hostile_title_is_text_everywhere(monkeypatch, mails, posts):
    channels.send(mail_channel(monkeypatch, mails.port), told(HOSTILE))
    (mail,) = mails.taken
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[Wirewatch] <script>alert(1)</script> Bcc: everybody")
    _, html = (part.get_content() for part in mail.iter_parts())
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "javascript:" not in html
    channels.send(slack_channel(monkeypatch, posts.port), told(HOSTILE))
    said = posts.taken[0][2]["blocks"][0]["text"]["text"]
    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said
    assert "*bold*" not in said


def slack_channel(monkeypatch, port: int) -> Channel:
    address = quote(f"http://127.0.0.1:{port}/services/{TOKEN}", safe="")
    monkeypatch.setenv("AIRFLOW_CONN_TEST_SLACK", f"slackwebhook://:{address}@")
    return Channel("slack", "slack", "test_slack")


def hook_channel(monkeypatch, port: int) -> Channel:
    monkeypatch.setenv("AIRFLOW_CONN_TEST_HOOK", f"http://desk:s3cret-word@127.0.0.1:{port}")
    return Channel("hook", "webhook", "test_hook", path="/wirewatch")


def test_slack_gets_blocks_with_links(monkeypatch, posts):
    channels.send(slack_channel(monkeypatch, posts.port), told())
    path, _, body = posts.taken[0]
    assert path == f"/services/{TOKEN}"
    assert body["text"] == "[Wirewatch] Kim: train arrives"
    said = body["blocks"][0]["text"]["text"]
    assert said.startswith("*<http://desk.test/newsroom/stories/1|Kim: train arrives>*")
    assert "• Kim: train arrives (The Paper)" in said  # its address has a bar, at which Slack would end the link


def test_a_webhook_gets_json_a_login_and_a_key_against_copies(monkeypatch, posts):
    channels.send(hook_channel(monkeypatch, posts.port), told())
    path, headers, body = posts.taken[0]
    assert path == "/wirewatch"
    assert headers["Idempotency-Key"] == "delivery-7"
    assert headers["Authorization"].startswith("Basic ")
    assert body["alerts"][0]["title"] == "Kim: train arrives"
    assert body["alerts"][0]["latest"] == [
        {"title": "Kim: train arrives", "source": "The Paper", "url": "https://paper.test/a|b"}
    ]


@pytest.mark.parametrize("make", [slack_channel, hook_channel])
def test_a_server_that_says_no_is_told_without_the_secret(monkeypatch, posts, make):
    posts.status = 500
    with pytest.raises(channels.NotSent) as told_of:
        channels.send(make(monkeypatch, posts.port), told())
    assert "500" in str(told_of.value)
    assert_no_secret(str(told_of.value))


@pytest.mark.parametrize("make", [slack_channel, hook_channel, mail_channel])
def test_a_server_that_is_not_there_is_told_without_the_secret(monkeypatch, make):
    with pytest.raises(channels.NotSent) as told_of:
        channels.send(make(monkeypatch, 9), told())
    assert "refused" in str(told_of.value)
    assert_no_secret(str(told_of.value))


def assert_no_secret(said: str) -> None:
    assert "s3cret-word" not in said
    assert not any(part in said for part in TOKEN.split("/"))


def test_a_mail_server_that_says_no_and_a_channel_without_a_sender(monkeypatch, mails):
    mails.refuse = True
    with pytest.raises(channels.NotSent, match="451"):
        channels.send(mail_channel(monkeypatch, mails.port), told())
    nobody = Channel("mail", "smtp", "test_mail", ("desk@example.org",))
    with pytest.raises(channels.NotSent, match="add `from:` to the channel"):
        channels.send(nobody, told())


@pytest.mark.parametrize("kind", ["smtp", "slack", "webhook"])
def test_a_connection_that_airflow_does_not_have_is_named_with_what_to_do(kind):
    wire: list[int] = []
    with pytest.raises(channels.NotSent, match="no connection “not_there”: add it in Admin"):
        channels.send(Channel("c", kind, "not_there", ("a@b.test",), "c@b.test"), told(), lambda: wire.append(1))
    assert wire == []
