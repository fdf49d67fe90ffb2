"""Tells Pitwatch where the casino's people read messages: the channel that its rules name."""

from __future__ import annotations

from alert_rules import CHANNEL
from pitwatch import ORGANIZATION, Pitwatch
from say import warn
from web_requests import ask


def register(watcher: Pitwatch, url: str) -> None:
    """Sets the channel up, or sets it right. Without it the rules tell nobody, and the demonstration goes on."""
    channels = f"{watcher.url}/api/0/organizations/{ORGANIZATION}/alert-channels/"
    headers = {"authorization": f"Bearer {watcher.secrets.token}"}
    body = {
        "kind": "webhook",
        "name": CHANNEL,
        "settings": {"url": url},
        "secrets": {"secret": watcher.secrets.alert_secret},
    }
    try:
        listed = ask(channels, headers=headers)
        known = [row["id"] for row in listed.json() if row["name"] == CHANNEL] if listed.status == 200 else []
        address, method = (f"{channels}{known[0]}/", "PUT") if known else (channels, "POST")
        answer = ask(address, method, body, headers)
    except OSError as error:
        warn(f"Pitwatch was not told where alerts are read: {error}")
        return
    if answer.status >= 300:
        said = answer.body[:200].decode(errors="replace")
        warn(f"Pitwatch was not told where alerts are read: it answers {answer.status} {said}")
