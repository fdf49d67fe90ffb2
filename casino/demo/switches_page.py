"""The HTML of the page of switches. No script: it works in every browser, and with a keyboard or a screen reader."""

from __future__ import annotations

import json
from html import escape

import flag_texts
import ports
from flag_file import MARKETS, Flag

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#c9ced6, #3d444e); --on: light-dark(#8a4b00, #ffb454); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem;
  background: light-dark(#ffffff, #14171c); color: light-dark(#1b1f24, #e6e9ee); }
h1 { font-size: 1.5rem; margin: 0; }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: .75rem 0; display: grid; gap: .25rem 1rem;
  grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
li p { margin: 0; color: light-dark(#4b5560, #aab3bf); }
h2 { font-size: 1rem; margin: 0; }
.on h2::after { content: " is on"; color: var(--on); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
select, button { font: inherit; padding: .25rem .6rem; border: 1px solid light-dark(#6b7480, #8a94a1);
  border-radius: 4px; background: light-dark(#f4f6f8, #232830); color: inherit; min-height: 2.25rem; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid light-dark(#0b5cd5, #79b0ff); outline-offset: 2px; }
[role=status] { border: 1px solid var(--line); border-radius: 4px; padding: .5rem .75rem; }
@media (max-width: 40rem) { li { grid-template-columns: minmax(0, 1fr); } }
"""


def page(flags: list[Flag], said: str, has_messages: bool) -> str:
    """The whole page. `said` is what the last change did."""
    messages = f' <a href="{ports.MESSAGES_PATH}">What alerts told</a>' if has_messages else ""
    status = f'<p role="status">{escape(said)}</p>' if said else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Faults of the casino</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Faults of the casino</h1>
<p>Play money, synthetic people. A change is in effect within a second and is written to the ground-truth log.{messages}</p>
{status}
<form method="post" action="/reset"><button>Set all back</button></form>
<ul>
{"".join(map(item, flags))}
</ul>
</main>
</body>
</html>
"""


def item(flag: Flag) -> str:
    name = escape(flag.name)
    rule = f"<p>Rule: <code>{escape(json.dumps(flag.targeting))}</code></p>" if flag.targeting else ""
    now = chosen(flag)
    variants = "".join(option(variant, variant == now) for variant in flag.variants)
    market = next((market for market in MARKETS if market_of(flag) == [market]), "")
    markets = option("", market == "", "everybody") + "".join(option(name, name == market) for name in MARKETS)
    return f"""<li class="{"off" if flag.is_off else "on"}">
<div><h2>{name}</h2><p>{escape(flag_texts.TEXTS.get(flag.name, ""))}</p>{rule}</div>
<form method="post" action="/set"><input type="hidden" name="name" value="{name}">
<select name="variant" aria-label="Variant of {name}">{variants}</select>
<select name="market" aria-label="Market for {name}">{markets}</select>
<button aria-label="Set {name}">Set</button></form>
</li>
"""


def chosen(flag: Flag) -> str:
    """The variant that is in effect for those whom the rule is for."""
    rule = flag.targeting.get("if")
    return str(rule[1]) if isinstance(rule, list) and len(rule) > 1 else flag.default


def market_of(flag: Flag) -> list[str]:
    try:
        condition = flag.targeting["if"][0]["in"]
        return list(condition[1]) if condition[0] == {"var": "market"} else []
    except (KeyError, IndexError, TypeError):
        return []


def option(value: str, selected: bool, text: str | None = None) -> str:
    chosen_one = " selected" if selected else ""
    return f'<option value="{escape(value)}"{chosen_one}>{escape(text or value)}</option>'
