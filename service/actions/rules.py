"""Rules of people: somebody writes, changes, copies, orders or switches one off; what waits is judged by it at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from classifier.book import may_teach
from models.account import Account
from models.address import clean_address, domain_form, number_form, registrable
from models.key import SenderKey
from models.learning import Rule
from models.message import Message
from models.terms import Category, Channel, KeyScope, KeySource
from service.errors import Invalid, NotFound
from service.store import clocks, keys, parties, pending, trail, written
from service.turn import Turn

_LONGEST = 80
# As people write a telephone number; "24h12345.de" and an IP address are none.
_NUMBER = re.compile(r"(?!\d{1,3}(\.\d{1,3}){3}$)\+?[\d\s()/.\-]+")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody typed it: `sender` is an address, a number, or a domain (with or without "@" in front)."""

    sender: str
    category: Category
    name: str = ""
    listed: bool | None = None
    channel: Channel | None = None
    account_id: int | None = None
    company_id: int | None = None
    person_id: int | None = None


def read(turn: Turn, draft: Draft) -> Rule:
    """Return a draft as a rule that is not stored. Raises Invalid for a sender that no rule can name, NotFound."""
    scope, value = _sender(draft.sender)
    if draft.account_id is not None and turn.session.get(Account, draft.account_id) is None:
        raise NotFound("Dieses Postfach gibt es nicht.")
    named = parties.check(turn, draft.company_id, draft.person_id)
    return Rule(
        position=0,
        name=(draft.name.strip() or f"{value}: {draft.category.value}")[:_LONGEST],
        active=True,
        scope=scope,
        value=value,
        listed=draft.listed,
        channel=draft.channel,
        account_id=draft.account_id,
        category=draft.category,
        created_at=turn.now,
        changed_at=turn.now,
        member_id=turn.actor.member_id,
        hits=0,
        **named,
    )


def _sender(text: str) -> tuple[KeyScope, str]:
    typed = text.strip().lower()
    name, at, host = typed.rpartition("@")
    if at and name:
        address = clean_address(typed)
        if not address:
            raise Invalid("Diese Adresse ist nicht lesbar.", {"sender": "Beispiel: rechnung@dienst.de"})
        return KeyScope.ADRESSE, address
    if not at and _NUMBER.fullmatch(typed) and number_form(typed):
        return KeyScope.ADRESSE, number_form(typed)
    domain = domain_form(host)
    if not _HOST.fullmatch(domain) or not registrable(domain):
        raise Invalid("Bitte eine Adresse, eine Domain oder eine Nummer angeben.", {"sender": "Beispiel: muster.de"})
    if not may_teach(domain):
        raise Invalid(
            f"Unter {domain} schreiben viele verschiedene Leute.",
            {"sender": "Für solche Domains gibt es nur Regeln für einzelne Adressen."},
        )
    return KeyScope.DOMAIN, domain


def add(turn: Turn, draft: Draft) -> tuple[Rule, int]:
    """Store a new rule behind the others and let it settle what waits; return it and how many mails got a class.

    Raises Invalid as `read`, and when a rule for the same mail exists.
    """
    rule = read(turn, draft)
    _free(turn, rule)
    rule.position = 1 + (turn.session.scalar(select(func.max(Rule.position))) or 0)
    turn.session.add(rule)
    turn.session.flush()
    trail.note(turn, "Regel angelegt", f"rule:{rule.id}", None, plain(rule))
    return rule, _follow(turn, rule)


def change(turn: Turn, rule_id: int, draft: Draft) -> tuple[Rule, int]:
    """Change a rule; what it settled before stays as it is. Return it and how many mails got a class.

    Raises NotFound, Invalid as `add`.
    """
    rule, wanted = written.get(turn, rule_id), read(turn, draft)
    _free(turn, wanted, rule_id)
    before = plain(rule)
    for name in ("name", "scope", "value", "listed", "channel", "account_id", "category", "company_id", "person_id"):
        setattr(rule, name, getattr(wanted, name))
    if before == plain(rule):
        return rule, 0
    rule.changed_at = turn.now
    turn.session.flush()
    trail.note(turn, "Regel geändert", f"rule:{rule.id}", before, plain(rule))
    return rule, _follow(turn, rule)


def _free(turn: Turn, rule: Rule, but: int | None = None) -> None:
    for other in written.every(turn):
        same = all(getattr(other, name) == getattr(rule, name) for name in ("value", "listed", "channel", "account_id"))
        if same and other.id != but:
            raise Invalid(
                f"Für diese Mails gibt es schon die Regel „{other.name}“.",
                {"sender": "Ändern Sie diese Regel, oder nennen Sie eine andere Bedingung."},
            )


def switch(turn: Turn, rule_id: int, *, on: bool) -> int:
    """Switch a rule on or off; return how many mails got a class. What it settled before stays. Raises NotFound."""
    rule = written.get(turn, rule_id)
    if rule.active is on:
        return 0
    rule.active, rule.changed_at = on, turn.now
    turn.session.flush()
    trail.note(turn, "Regel eingeschaltet" if on else "Regel ausgeschaltet", f"rule:{rule.id}", not on, on)
    return _follow(turn, rule)


def move(turn: Turn, rule_id: int, *, up: bool) -> None:
    """Put a rule before, or behind, its neighbour: of two for the same sender the first answers. Raises NotFound."""
    rules = list(written.every(turn))
    at = rules.index(written.get(turn, rule_id))
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rules):
        return
    rules[at], rules[to] = rules[to], rules[at]
    for position, rule in enumerate(rules, 1):
        rule.position = position
    trail.note(turn, "Regel verschoben", f"rule:{rule_id}", at + 1, to + 1)


def switch_key(turn: Turn, key_id: int, *, on: bool) -> None:
    """Switch a learned key on or off; off, it stays off whatever is confirmed later. Raises NotFound."""
    key = turn.session.get(SenderKey, key_id)
    if key is None or key.source is not KeySource.BESTAETIGT:
        raise NotFound("Diesen gelernten Absender gibt es nicht (mehr).")
    key.off_at, key.active = (None if on else turn.now), on
    trail.note(
        turn, "Gelernter Absender eingeschaltet" if on else "Gelernter Absender ausgeschaltet", f"sender_key:{key.id}"
    )


def _follow(turn: Turn, rule: Rule) -> int:
    waiting = written.waiting(turn, rule)
    judge = (keys.book_of(turn, _values(rule, waiting)), None)
    count, touched = pending.judge_again(turn, waiting, judge, None)
    clocks.refresh(turn, touched)
    return count


def _values(rule: Rule, waiting: Sequence[Message]) -> set[str]:
    found = {rule.value} | {m.sender for m in waiting} | {m.sender_domain for m in waiting}
    return found | {m.sender.rpartition("@")[2] for m in waiting}


def plain(rule: Rule) -> dict[str, Any]:
    """Return what a rule says, for the trail; never the address itself."""
    return {
        "name": rule.name if rule.scope is KeyScope.DOMAIN else "",
        "scope": rule.scope.value,
        "class": rule.category.value,
        "listed": rule.listed,
        "channel": rule.channel.value if rule.channel else None,
        "account": rule.account_id,
        "company": rule.company_id,
        "person": rule.person_id,
        "sender": rule.value if rule.scope is KeyScope.DOMAIN else "",
    }
