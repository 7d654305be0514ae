"""What a row of the list and its detail pane show of a conversation, ready for the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.key import SenderKey
from models.message import Conversation, Message
from models.terms import Category, KeyScope, KeySource
from service.domain.standing import Running
from service.store import clocks, lookup, rechecks, thread, triage
from service.store.triage import Line
from service.turn import Turn
from service.web import duties, words
from service.web.duties import Board, Chip

# What Microsoft 365 tells without any header.
_WITHOUT_HEADERS = {"reply_to_domain", "reply_to_role"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row; everything is text for people, except ids.

    `left` is the time to answer; `windows` are all that run, the tightest first; `aside` until when it is put aside.
    """

    c: Conversation
    name: str
    address: str
    account: str
    slug: str
    left: words.Left | None
    time: str
    party_key: str
    party_name: str
    party_number: str
    warning: str
    duty: Chip | None = None
    windows: tuple[Running, ...] = ()
    aside: datetime | None = None

    @property
    def percent(self) -> str:
        """How sure the suggestion is."""
        return words.percent(self.c.confidence)

    @property
    def reason(self) -> str:
        """Why this is suggested, in short."""
        return self.c.reason or ("Kein Vorschlag: bitte ansehen" if self.c.suggested is None else str(self.c.step))

    @property
    def teaches(self) -> str:
        """The domain for which a decision on this row may hold as a whole; "" where it says nothing."""
        return lookup.teaches(self.c.peer)

    @property
    def urgent(self) -> bool:
        """Whether somebody may really wait: a running window of a likely or unknown customer (S4.63)."""
        return self.left is not None and self.c.suggested in (None, Category.KUNDE)

    @property
    def unsure(self) -> bool:
        """Whether the suggestion is too weak for bulk selection."""
        return self.c.suggested is None or self.c.confidence < triage.UNSURE


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence of the reasons, with its icon."""

    icon: str
    text: str
    strong: str = ""


def many(turn: Turn, lines: Sequence[Line]) -> tuple[list[Row], Board]:
    """Return lines as the list shows them, each with who is responsible, and the people who can be."""
    known = duties.board(turn, [line.conversation for line in lines])
    return [row(line, turn.now, known.chips.get(line.conversation.id)) for line in lines], known


def row(line: Line, now: datetime, chip: Chip | None = None) -> Row:
    """Return a line as the list shows it; `chip` says who is responsible."""
    c, party = line.conversation, line.party
    return Row(
        c=c,
        name=words.title(c),
        address=words.peer(c),
        account=line.account,
        slug=words.slug(c.category or c.suggested),
        left=words.left(c.due_at, now) if c.due_at else None,
        time=words.when(c.last_inbound_at or c.last_at, now),
        party_key=party.key if party else "",
        party_name=party.name if party else "",
        party_number=party.number or party.city if party else "",
        warning=words.odd_name(c),
        duty=chip,
        windows=clocks.running(c, now),
        aside=c.snoozed_until if c.snoozed_until and c.snoozed_until > now else None,
    )


def facts(turn: Turn, c: Conversation) -> tuple[Fact, ...]:
    """Return why this is suggested, step by step: the answer first, what the book knows, header signs, our letters."""
    found: list[Fact] = []
    if not rechecks.is_masked(c):
        found = [Fact("at", c.reason or "Niemand kennt diesen Absender bisher.", f"{c.step}:")]
        found += [_known(key) for key in thread.keys(turn, c)]
    last = thread.last_inbound(turn, c.id)
    if last is not None:
        found += _signs(last)
    if c.last_outbound_at is None:
        found.append(Fact("info", "Wir haben hier noch nie geantwortet."))
    else:
        found.append(Fact("out", f"Letzte Antwort von uns: {words.full(c.last_outbound_at)}"))
    return tuple(found)


def _known(key: SenderKey) -> Fact:
    what = "Domain" if key.scope is KeyScope.DOMAIN else "Adresse"
    if key.source is KeySource.STAMMDATEN:
        return Fact("check", f"{what} {key.value} steht in den Stammdaten als {key.category}.")
    total = key.hits + key.others
    return Fact("check", f"{key.hits} von {total} früheren Einordnungen von {key.value} lauten {key.category}.")


def _signs(message: Message) -> Sequence[Fact]:
    flags = message.flags or {}
    found = []
    named = [
        ("list_unsubscribe", "Abmelde-Link (List-Unsubscribe)"),
        ("list_id", "Verteilerliste (List-Id)"),
        ("precedence", "Massenversand (Precedence)"),
        ("auto_submitted", "automatisch erzeugt (Auto-Submitted)"),
        ("feedback_id", "Versanddienst (Feedback-ID)"),
    ]
    signs = [text for name, text in named if flags.get(name)]
    if signs:
        found.append(Fact("info", "Kopfzeilen: " + ", ".join(signs) + "."))
    elif message.flags is not None and (not flags or flags.keys() - _WITHOUT_HEADERS):
        found.append(Fact("info", "Keine Kopfzeilen von Massenversand."))
    if flags.get("auth_dmarc") == "fail":
        found.append(Fact("shield", "Die Absenderprüfung (DMARC) ist fehlgeschlagen."))
    if message.system:
        found.append(Fact("info", "Automatische Meldung (Unzustellbarkeit oder Abwesenheit)."))
    return found
