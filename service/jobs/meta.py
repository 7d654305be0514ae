"""Meta: asks WhatsApp whether our app still hears the numbers, and whether as much came in as Meta counted."""

from connectors import registry
from connectors.cloud import Cloud
from connectors.errors import Refused
from connectors.whatsapp import account
from models.terms import Channel
from service.runtime import Runtime
from service.store import accounts, counting, gaps
from service.telemetry import log


def is_set_up(runtime: Runtime) -> bool:
    """Say whether there is somebody to ask: a token and the business account that it is for."""
    config = runtime.config
    return bool(config.whatsapp_token.get_secret_value() and config.whatsapp_business_account)


def check(runtime: Runtime) -> None:
    """Note gaps that Meta's answers show, number by number. Raises ConnectorError: the job is tried again."""
    if not is_set_up(runtime):
        return
    cloud = registry.open_cloud(runtime.config)
    business = runtime.config.whatsapp_business_account
    is_there = account.app(cloud) in account.subscribed(cloud, business)
    digits = {number.id: number.digits for number in account.numbers(cloud, business)}
    with runtime.look() as turn:
        ours = {
            one.id: digits[one.address]
            for one in accounts.every(turn)
            if one.channel is Channel.WHATSAPP and one.address in digits
        }
    for account_id, number in ours.items():
        with runtime.turn() as turn:
            gaps.subscription(turn, account_id, is_there=is_there)
        _count(runtime, cloud, account_id, number)
    if not is_there:
        log().error("whatsapp.unsubscribed", numbers=len(ours))


def _count(runtime: Runtime, cloud: Cloud, account_id: int, digits: str) -> None:
    with runtime.turn() as turn:
        span = counting.span(turn, account_id)
    if span is None:
        return
    try:
        told = account.incoming(cloud, runtime.config.whatsapp_business_account, digits, span)
    except Refused as error:
        # Not every account has these counts: the other signs of a gap go on without them.
        log().info("whatsapp.uncounted", account_id=account_id, code=error.code)
        return
    with runtime.turn() as turn:
        missing = counting.compare(turn, account_id, told, span)
    if missing:
        log().warning("whatsapp.missing", account_id=account_id, messages=missing)
