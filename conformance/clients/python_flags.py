"""A service whose new code is behind a flag. Usage: python_flags.py DSN REQUESTS

Each request is one of a player's, evaluates twenty flags that have nothing to do with anything and, by
OpenFeature, one that has: with it on, most requests fail in a way of their own. Others fail as they always did.
Prints one JSON line: how many of each.
"""

import json
import random
import sys

import sentry_sdk
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
from sentry_sdk.feature_flags import add_feature_flag
from sentry_sdk.integrations.openfeature import OpenFeatureIntegration

sentry_sdk.init(
    dsn=sys.argv[1],
    environment="prod",
    release="wallet@2.0.0",
    traces_sample_rate=1.0,
    integrations=[OpenFeatureIntegration()],
)
dice = random.Random(7)
shares = {f"noise-{number}": dice.random() for number in range(20)}
told = {"PayoutError": 0, "LimitError": 0}


class PayoutError(Exception):
    """Only the new code raises it."""


class LimitError(Exception):
    """What always happened now and then."""


def request(player: int, new_payout: bool) -> None:
    variants = {"on": True, "off": False}
    flag = InMemoryFlag("on" if new_payout else "off", variants)
    api.set_provider(InMemoryProvider({"new-payout": flag}))
    for name, share in shares.items():
        add_feature_flag(name, dice.random() < share)
    if api.get_client().get_boolean_value("new-payout", False, EvaluationContext(str(player))):
        if dice.random() < 0.9:
            raise PayoutError("no account")
    raise LimitError("too much")


for player in range(int(sys.argv[2])):
    with sentry_sdk.isolation_scope():
        sentry_sdk.set_user({"id": f"player-{player}"})
        with sentry_sdk.start_transaction(op="http.server", name="POST /payout"):
            try:
                # The SDK puts flags on spans within a transaction, not on that of the transaction itself.
                with sentry_sdk.start_span(op="function", name="payout"):
                    request(player, dice.random() < 0.15)
            except (PayoutError, LimitError) as error:
                told[type(error).__name__] += 1
                sentry_sdk.capture_exception(error)
    if player % 20 == 0:
        sentry_sdk.flush(20)  # its queue holds a hundred
sentry_sdk.flush(20)
print(json.dumps(told))
