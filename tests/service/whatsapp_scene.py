"""A firm that answers over WhatsApp: its number, a person who wrote, the emulated Cloud API, webhooks on their way back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from connectors.emulator.cloud import WABA, CloudApi
from connectors.emulator.sending import Sendings
from connectors.emulator.templates import Template, Templates
from connectors.whatsapp import webhook
from models.message import Conversation
from models.sending import Sending
from models.sending import Template as Row
from models.terms import Channel, Role, TemplateState
from service.actions import intake, send, templates
from service.actions.intake import Judge
from service.actions.send import Order
from service.config import Config
from service.jobs import drain
from service.runtime import Runtime
from service.store import accounts, inbox, keys, sendings, settings, staff
from service.store import templates as rows
from service.store.accounts import Facts
from service.store.engine import Database
from service.store.inbox import Row as Update
from service.turn import Actor
from tests.fakes import FakeClock
from tests.service.jobs.chatting import inbound, tell

TOKEN = "kanarienvogel-token"
NUMBER_ID = "1001"


def configured(api: CloudApi) -> dict[str, str]:
    """Return the settings with which the firm reaches the emulator."""
    return {
        "whatsapp_token": TOKEN,
        "whatsapp_business_account": WABA,
        "whatsapp_base": api.base,
        "whatsapp_numbers": f"{NUMBER_ID}=Service",
    }


@dataclass
class Scene:
    """The firm and the world around it."""

    runtime: Runtime
    clock: FakeClock
    api: CloudApi
    meta: Templates
    sent: Sendings
    anna: Actor

    def wrote(self, source_id: str = "w1", **more: object) -> int:
        """Let the person write now; return the conversation."""
        tell(self.runtime, inbound(source_id, self.clock.now(), **more))
        return self.conversation().id

    def conversation(self) -> Conversation:
        """Return the only conversation there is."""
        with self.runtime.look() as turn:
            return turn.session.scalars(select(Conversation)).one()

    def rows(self) -> list[Sending]:
        """Return all sendings in order."""
        with self.runtime.look() as turn:
            return list(turn.session.scalars(select(Sending).order_by(Sending.id)))

    def order(self, **more: object) -> Order:
        """Return an order from a page as it would look now."""
        shown = self.conversation()
        with self.runtime.look() as turn:
            last = sendings.newest(turn, shown.id)
        values: dict[str, object] = {
            "key": send.fresh_key(), "seen": last.id if last else 0, "answered": shown.outbound, "words": "Ja, gern.",
        }  # fmt: skip
        return Order(**{**values, **more})  # type: ignore[arg-type]  # the words of a test are checked

    def send(self, order: Order | None = None, *, lose: bool = False) -> send.Outcome | None:
        """Carry an order out as the page does; None when it was carried out before. `lose`: die before the end."""
        order = order or self.order()
        while drain.drain(self.runtime):
            pass
        with self.runtime.turn(self.anna) as turn:
            ready = send.prepare(turn, self.conversation().id, order)
        if ready.parcel is None:
            return None
        outcome = send.deliver(self.runtime.cloud, ready.parcel)
        if lose:
            return outcome
        with self.runtime.turn(self.anna) as turn:
            record, account_id = send.conclude(turn, ready.sending_id, outcome)
            if record is not None:
                intake.take_in(turn, [record], account_id, Judge(keys.book(turn)))
                send.settle(turn, account_id, record.source_id)
        return outcome

    def approved(self, title: str = "Nachfrage") -> Row:
        """Have one of the firm's templates approved at Meta; return its row."""
        with self.runtime.turn(self.anna) as turn:
            row = next(one for one in rows.every(turn) if one.title == title)
            row.category = row.category or "UTILITY"
            submission = templates.submit(turn, row.id, rows.draft(row), row.version)
        found = templates.hand_in(self.runtime.cloud, WABA, submission)
        with self.runtime.turn() as turn:
            templates.handed_in(turn, submission, found)
        self.meta.review(self.meta.known[found.meta_id], "APPROVED")
        self.drain()
        with self.runtime.look() as turn:
            row = rows.load(turn, row.id)
            assert row.state is TemplateState.GENEHMIGT
            return row

    def drain(self) -> None:
        """Take in what webhooks brought."""
        while drain.drain(self.runtime):
            pass

    def at_meta(self, row: Row) -> Template:
        """Return the template as Meta keeps it."""
        return self.meta.known[row.meta_id]


@contextmanager
def scene(make: object, clock: FakeClock) -> Iterator[Scene]:
    """Start the emulator and open the firm; `make` returns a Runtime for a Config. Sending is switched on."""
    box: list[Runtime] = []

    def post(body: bytes) -> None:
        """What the hook does after the signature: strip, store."""
        json.loads(body)
        with box[0].turn() as turn:
            told = [Update(u.dedup(), u.account, webhook.to_json(u), box[0].clock.now()) for u in webhook.strip(body)]
            inbox.add(turn.session, told)

    meta = Templates(post)
    sent = Sendings(meta, post, clock.now)
    api = CloudApi(TOKEN, [meta, sent]).start()
    try:
        runtime: Runtime = make(Config(**configured(api)))  # type: ignore[operator]  # a function of the fixture
        box.append(runtime)
        with runtime.turn() as turn:
            anna = staff.add(turn, "Anna Voss", Role.TEAM_LEAD)
            staff.add(turn, "Ute Admin", Role.ADMIN)
            rows.ship(turn)
            settings.put(turn, sendings.SWITCH, value=True)
            who = Actor(anna.id, anna.name, anna.role)
        yield Scene(runtime, clock, api, meta, sent, who)
    finally:
        api.stop()


@contextmanager
def on(database: Database) -> Iterator[Scene]:
    """The scene on one database, with the firm's number known and a clock that stands still."""
    clock = FakeClock()

    def make(config: Config) -> Runtime:
        runtime = Runtime(config, clock, database)
        with runtime.turn() as turn:
            accounts.ensure(turn, Channel.WHATSAPP, NUMBER_ID, Facts("Service"))
        return runtime

    with scene(make, clock) as found:
        yield found
