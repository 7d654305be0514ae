"""Fills the demo: master data, 90 days of mail and chats read through the real doors, and what staff said."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy import select

from classifier.learned import Learned
from connectors.base import Source
from connectors.emulator.firm import Firm, Spoken
from connectors.emulator.letters import ChatMessage
from connectors.emulator.whatsapp import Meta
from models.message import Conversation
from models.party import Person
from models.terms import TRAITS, KeyScope, Role
from service.actions import confirm, master, register
from service.actions.confirm import Choice
from service.actions.master import Entry
from service.hooks import doors, whatsapp
from service.jobs import drain, pull
from service.runtime import Runtime
from service.store import parties, staff
from service.turn import Actor, Turn

# How far a step is: (done, total).
Report = Callable[[int, int], None]


def stammdaten(runtime: Runtime, firm: Firm) -> int:
    """Import the firm's own list of customers and suppliers; returns how many companies are new."""
    entries = [
        Entry(c.name, c.category, c.number, city=c.city, domains=(c.domain,), sample=True) for c in firm.companies
    ]
    with runtime.turn() as turn:
        return master.take(turn, entries)


def mail(
    runtime: Runtime, firm: Firm, how: tuple[Source, Learned | None], report: Report, lying: Mapping[str, int]
) -> int:
    """Read every mailbox of the firm through its source; returns the number of new messages.

    `lying`: how many mails lie in each mailbox. Reading meets some of them twice; progress counts none twice.
    """
    met: Counter[str] = Counter()
    total = sum(lying.values())

    def progress(account: str, count: int) -> None:
        met[account] += count
        report(sum(min(seen, lying.get(one, 0)) for one, seen in met.items()), total)

    return sum(pull.account(runtime, mailbox.address, *how, progress) for mailbox in firm.mailboxes)


def chats(runtime: Runtime, firm: Firm, messages: tuple[ChatMessage, ...], report: Report) -> int:
    """Post chat messages as signed webhooks to the route that Meta would call, over HTTP; returns how many."""
    gate = doors.build(runtime, _nothing)
    server = _serve(gate)
    try:
        secret = runtime.config.whatsapp_app_secret.get_secret_value()
        meta = Meta(f"http://127.0.0.1:{server.server_port}{whatsapp.PATH}", secret, displays(firm))
        for start in range(0, len(messages), 200):
            meta.send(messages[start : start + 200])
            report(start, len(messages))
    finally:
        server.shutdown()
        server.server_close()
        gate.close()
    while drain.drain(runtime):
        pass
    report(len(messages), len(messages))
    return len(messages)


def displays(firm: Firm) -> Mapping[str, str]:
    """Return the display form of each WhatsApp number of the firm by its id."""
    return {number.id: number.display for number in firm.numbers}


def said(runtime: Runtime, firm: Firm, report: Report) -> int:
    """Confirm what staff confirmed so far, as they would: one shown row, for the address or for the whole domain."""
    script = firm.staff_script()
    numbers = {company.name: company.number for company in firm.companies}
    with runtime.look() as turn:
        members = [m for role in (Role.TEAM_LEAD, Role.MITARBEITER) for m in staff.with_role(turn, role)]
        actors = [Actor(member.id, member.name, member.role) for member in members]
    count = 0
    for place, item in enumerate(script):
        with runtime.turn(actors[place % len(actors)]) as turn:
            count += _confirm(turn, item, numbers)
        report(place + 1, len(script))
    return count


def _confirm(turn: Turn, item: Spoken, numbers: Mapping[str, str]) -> int:
    shown = _row(turn, item)
    if shown is None:
        return 0
    company_id, person_id = _party(turn, item, numbers)
    unknown = TRAITS[item.category].names_party and company_id is None and person_id is None
    choice = Choice((shown,), item.category, company_id, person_id, party_unknown=unknown, scope=item.scope)
    return confirm.confirm(turn, choice).messages


def _row(turn: Turn, item: Spoken) -> int | None:
    """Return the newest conversation with this sender that waits for a class; None when everything has one."""
    column = Conversation.peer_domain if item.scope is KeyScope.DOMAIN else Conversation.peer
    waiting = select(Conversation.id).where(column == item.value, Conversation.unclassified > 0)
    return turn.session.execute(waiting.order_by(Conversation.last_at.desc()).limit(1)).scalar_one_or_none()


def _party(turn: Turn, item: Spoken, numbers: Mapping[str, str]) -> tuple[int | None, int | None]:
    if not TRAITS[item.category].names_party:
        return None, None
    known = parties.by_number(turn, parties.OWN_BOOKS, numbers.get(item.company, ""))
    if known is not None:
        return known.id, None
    if item.value.endswith(".example"):
        # The sub-supplier on its customer's domain: staff know what it is, not yet who.
        return None, None
    first, _, last = item.name.rpartition(" ")
    person_id = register.person(turn, first, last, item.category)
    turn.session.get_one(Person, person_id).sample = True
    return None, person_id


class _Handler(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: progress is shown elsewhere."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def _serve(application: WSGIApplication) -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-webhooks", daemon=True).start()
    return server


def _nothing(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return []
