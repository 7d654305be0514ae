"""Outlook: absences follow automatic replies, own domains follow the directory, as far as the firm lets us see them."""

from collections.abc import Callable

from connectors.errors import Refused
from connectors.office import Office
from models.address import domain_form
from service.actions import absence, configure
from service.runtime import Runtime
from service.store import members
from service.telemetry import log

# After so many mailboxes in a row that say nothing, the right is taken to be missing: ask again next time.
_ENOUGH = 5


def follow(runtime: Runtime, office: Callable[[], Office]) -> int:
    """Take over automatic replies of members, and the firm's domains where nobody configured them.

    Returns how many mailboxes told something. `office` is called only when there is something to ask.
    """
    try:
        return _follow(runtime, office)
    except Refused as error:
        # Both are extras: what is wrong with the sign-in itself shows at the mailboxes.
        log().info("Abwesenheiten und Domains sind nicht lesbar", code=error.code)
        return 0


def _follow(runtime: Runtime, office: Callable[[], Office]) -> int:
    with runtime.look() as turn:
        addresses = [line.member.address for line in members.every(turn) if line.member.address]
    if not runtime.config.own_domains:
        _domains(runtime, office())
    return _absences(runtime, office(), addresses) if addresses else 0


def _absences(runtime: Runtime, office: Office, addresses: list[str]) -> int:
    told = silent = 0
    for address in addresses:
        away = office.away(address)
        if away is None:
            silent += 1
            if silent >= _ENOUGH and not told:
                log().info("Automatische Antworten sind nicht lesbar")
                break
            continue
        told += 1
        with runtime.turn() as turn:
            absence.from_outlook(turn, address, away.from_at, away.until_at, enabled=away.enabled)
    return told


def _domains(runtime: Runtime, office: Office) -> None:
    found = office.domains()
    # onmicrosoft.com is the tenant's own name at Microsoft, under which hardly a firm writes; it is ours all the same.
    domains = tuple(filter(None, (domain_form(domain) for domain in found or ())))
    if domains:
        with runtime.turn() as turn:
            configure.own_domains(turn, domains)
