"""What the casino is watched by, as provisioning files have it: rules about issues and about numbers, by project.

All of them tell the channel `casino`, which `alert_channel` sets up. What the slot pays back comes from
`casino_math.json`: the return in the long run, and how far one unit of stake spreads.
"""

from __future__ import annotations

import json
from typing import Any

CHANNEL = "casino"
THEN = [f"service {CHANNEL}"]
CHARGES_FAIL = "Charges fail"
PROVIDER_SLOW = "The provider is slow"
RTP = "RTP of the slot"
NEW_RELEASE = "Something new is wrong with the newest release"
JOB_AWAY = "A job does not run as it should"

RULES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "payment": {
        "alert": [
            {
                "name": NEW_RELEASE,
                "when": ["new issue", "regression"],
                "if": ["latest release", "level at least error"],
                "then": THEN,
                "every": "5m",
            }
        ],
        # Windows of a minute: who switches a fault wants to see what it does.
        "metric_alert": [
            {
                "name": CHARGES_FAIL,
                "description": "More than 5 of 100 stakes are refused: players lose rounds, the casino loses money.",
                "dataset": "transactions",
                "aggregate": "equation|count_if(http.response.status_code,equals,402) / count()",
                "query": 'transaction:"POST /stakes"',
                "window_minutes": 1,
                "side": "above",
                "critical": 0.05,
                "resolve": 0.03,
                # Where nobody stakes nothing is refused.
                "no_data": "ok",
                "symptom": True,
                "causes": [PROVIDER_SLOW],
                "runbook_url": "https://casino.example/runbooks/charges-fail",
                "then": THEN,
            },
            {
                "name": PROVIDER_SLOW,
                "description": "Players wait for their money.",
                "dataset": "spans",
                "aggregate": "p95(span.duration)",
                "query": "is_transaction:false span.description:*charges*",
                "window_minutes": 1,
                "side": "above",
                "warning": 1500,
                "resolve": 1000,
                "no_data": "ok",
                "then": THEN,
            },
        ],
    },
    "engine": {
        "metric_alert": [
            {
                "name": RTP,
                "description": "The slot pays back less or more than its mathematics say, and chance does not explain it.",
                "dataset": "transactions",
                "aggregate": "equation|sum(tags[payout,number]) / sum(tags[bet,number])",
                "query": 'transaction:"POST /slot/spin"',
                # Measured every other minute, and enough spins in it where some play all the time.
                "window_minutes": 240,
                "anomaly": {"kind": "rtp", "staked": "bet", "won": "payout", "theory": 0.950131, "sigma": 5.198949},
                "then": THEN,
            }
        ],
    },
    "analytics": {
        "alert": [
            {
                "name": JOB_AWAY,
                "when": ["new issue", "regression"],
                "if": ["category 10"],
                "then": THEN,
                "every": "5m",
            }
        ],
    },
}


def toml(project: str) -> str:
    """The rules of a project; they belong below its table."""
    blocks = []
    for kind, rules in RULES.get(project, {}).items():
        for rule in rules:
            lines = [f"{name} = {value(said)}" for name, said in rule.items()]
            blocks.append("\n".join([f"[[organization.project.{kind}]]", *lines]) + "\n")
    return "\n".join(blocks)


def value(said: Any) -> str:
    """JSON, but for tables."""
    if isinstance(said, dict):
        return "{ " + ", ".join(f"{name} = {value(one)}" for name, one in said.items()) + " }"
    return json.dumps(said, ensure_ascii=False)
