"""Shows lines and commits of the made-up repositories, under the addresses that GitLab would have for them, so that links from
stack traces lead somewhere on a machine without one."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import history
from history import HistoryError
from pitwatch import PROJECTS

BLOB = re.compile(r"/casino/([a-z]+)/-/blob/([0-9A-Za-z]{1,64})/([\w./-]{1,300})")
COMMIT = re.compile(r"/casino/([a-z]+)/-/commit/([0-9a-f]{7,64})")
STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.5 ui-monospace, monospace; margin: 0 auto; max-width: 80rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1rem; }
ol { padding-left: 4rem; white-space: pre-wrap; }
li:target { background: light-dark(#fff2b8, #4d4210); outline: 1px solid light-dark(#b38600, #ffcf4a); }
li::marker { color: light-dark(#5f6b78, #97a3b0); }
"""


def page(data: Path, path: str) -> str | None:
    """The page of a file or of a commit; nothing where there is no such thing."""
    try:
        if found := BLOB.fullmatch(path):
            service, revision, file = found.groups()
            text = read(data, service, "cat-file", "blob", f"{revision}:{file}")
            return html(f"{history.repository(service)}: {file} at {revision[:12]}", lines(text))
        if found := COMMIT.fullmatch(path):
            service, commit = found.groups()
            text = read(data, service, "show", "--no-color", "--no-ext-diff", "--format=%an <%ae>%n%aI%n%n%B", commit, "--")
            return html(f"{history.repository(service)}: {commit[:12]}", lines(text))
    except HistoryError:
        pass
    return None


def read(data: Path, service: str, *words: str) -> str:
    folder = history.folder_of(data, service)
    if service not in PROJECTS or not folder.exists():
        raise HistoryError(f"there is no repository of {service}")
    return history.git(folder, *words).decode(errors="replace")


def lines(text: str) -> str:
    rows = (f'<li id="L{number}">{escape(line) or " "}</li>' for number, line in enumerate(text.splitlines(), start=1))
    return f"<ol>{''.join(rows)}</ol>"


def html(title: str, body: str) -> str:
    name = escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{name}</h1>
{body}
</main>
</body>
</html>
"""
