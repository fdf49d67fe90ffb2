"""The page of what Pitwatch told: newest first, as whoever is on call would read it."""

from __future__ import annotations

from html import escape

from alert_messages import Message
from switches_page import STYLE

SHOWN = 100


def page(messages: list[Message]) -> str:
    newest = messages[::-1][:SHOWN]
    rows = "".join(map(item, newest)) or "<li><p>Nothing yet. Switch a fault on, and let somebody play.</p></li>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Messages of Pitwatch</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Messages of Pitwatch</h1>
<p>What the rules of the casino told by its webhook, newest first. <a href="/">Faults of the casino</a></p>
<ul>
{rows}
</ul>
</main>
</body>
</html>
"""


def item(message: Message) -> str:
    text = "<br>".join(map(escape, message.text.splitlines()))
    title = escape(f"{message.short_id} {message.title}".strip())
    return f"""<li><div><h2>{escape(message.action)}: <a href="{escape(link(message.url))}">{title}</a></h2>
<p>{text}</p><p>{escape(message.rule)}, <time>{escape(message.at)}</time></p></div></li>
"""


def link(url: str) -> str:
    """Nothing that a browser would run."""
    return url if url.startswith(("http://", "https://")) else ""
