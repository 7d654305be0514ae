"""Send: a person answers over WhatsApp, by words inside Meta's window or by an approved template, exactly once.

Three steps, so that no transaction waits for the network: `prepare` checks everything in its own transaction and notes
the sending without its words; the edge delivers the parcel; `conclude` notes how it went. Words live in the parcel
alone. Whoever comes again with the same key finds the first sending and sends nothing twice.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from connectors.cloud import Cloud
from connectors.whatsapp import mark, refusals, sending
from connectors.whatsapp.refusals import Next
from connectors.whatsapp.sending import Outcome, Parcel
from models.account import Account
from models.message import Conversation
from models.record import MessageRecord
from models.sending import Sending, Template
from models.terms import SendKind, SendState, TemplateState
from service.domain import windows, wording
from service.errors import Conflict, Invalid, Unsendable
from service.store import (
    clocks,
    halts,
    inbox,
    messages,
    opt_outs,
    sendings,
    settings,
    staff,
    statuses,
    templates,
    trail,
)
from service.store.sendings import LOST_AFTER, Person
from service.turn import Turn

# Too fast: 4^n seconds, n the failures in a row, as Meta asks (Cloud API, pair rate limit), at most an hour.
_BACKOFF, _LONGEST_BACKOFF = 4, timedelta(hours=1)
_TOMORROW = timedelta(hours=24)
# These concern our number and not one person alone.
WIDE = (4, 80007, 130429)
_CLOSED = 131047
VERB = "WhatsApp gesendet"


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for: `key` is the mark of the form; its page showed the last sending `seen` (0 = none) and so
    many messages of ours (`answered`).

    Either `words`, or `template_id` with what was typed into its places. `again`: the person knows that an earlier
    message may have arrived, and wants to send all the same.
    """

    key: str
    seen: int
    answered: int
    words: str = field(default="", repr=False)
    template_id: int = 0
    typed: tuple[str, ...] = field(default=(), repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A sending that is noted and may go out; `parcel` is None when the same order was carried out before."""

    sending_id: int
    parcel: Parcel | None


def fresh_key() -> str:
    """Return the mark of a new form: whatever is sent from it is one sending, however often it is posted."""
    return mark.new()


def sentence(number: int | None) -> str:
    """Return in German what an error number means and what to do; without one WhatsApp was not even reached."""
    if number is None:
        return "WhatsApp war nicht zu erreichen; es wurde nichts gesendet. Bitte gleich noch einmal."
    return refusals.refusal(number).sentence


def deliver(cloud: Cloud, parcel: Parcel) -> Outcome:
    """Carry a parcel to Meta, once, outside of any transaction."""
    return sending.deliver(cloud, parcel)


def prepare(turn: Turn, conversation_id: int, order: Order) -> Ready:
    """Check an order against everything that is known at this instant and note it as under way.

    Raises NotFound, Invalid (fields), Unsendable (why not, and what instead) and Conflict (somebody was faster).
    """
    if not mark.ours(order.key):
        raise Invalid("Dieses Formular ist unvollständig.", {"key": "Bitte die Seite neu laden."})
    (conversation,) = messages.hold(turn, (conversation_id,))
    account = turn.session.get_one(Account, conversation.account_id)
    whom = _receiver(turn, conversation)
    sendings.expire(turn)
    before = sendings.by_key(turn, order.key)
    if before is not None and before.conversation_id != conversation.id:
        raise Invalid("Dieses Formular gehört zu einer anderen Konversation.", {"key": "Bitte die Seite neu laden."})
    if before is not None and before.state is SendState.ANGENOMMEN:
        return Ready(before.id, None)
    _may_send(turn, account, conversation)
    _nobody_else(turn, conversation, order, before)
    template = templates.one(turn, order.template_id) if order.template_id else None
    _is_wanted(turn, whom, conversation, template)
    parcel = _filled(turn, order, Parcel(account.address, order.key, whom.number, whom.user_id), template, conversation)
    return Ready(_under_way(turn, conversation, order, template, before).id, parcel)


def _receiver(turn: Turn, conversation: Conversation) -> Person:
    whom = sendings.person(turn, conversation)
    if whom is None or not (whom.number or whom.user_id):
        raise Unsendable("Gesendet wird nur an einzelne Personen auf WhatsApp, nicht an Gruppen und nicht per E-Mail.")
    return whom


def _may_send(turn: Turn, account: Account, conversation: Conversation) -> None:
    """Raise Unsendable where sending is off or stands still, and Conflict while messages wait to be taken in."""
    if not settings.get(turn, sendings.SWITCH, default=False):
        raise Unsendable(
            "Das Senden über WhatsApp ist abgeschaltet. Die Verwaltung kann es unter „Einstellungen“ einschalten."
        )
    halted = halts.number(turn)
    if halted is not None:
        raise Unsendable(f"Das Senden steht still: {refusals.refusal(halted).sentence}")
    if inbox.waits_for(turn, account.address):
        raise Conflict("Gerade kommen Nachrichten herein. Bitte ansehen und dann noch einmal senden.")
    until = sendings.held_until(turn, account.id, conversation.id, WIDE)
    if until is not None:
        seconds = int((until - turn.now).total_seconds()) + 1
        raise Unsendable(f"WhatsApp bittet um eine Pause. Es geht wieder in {_span(seconds)}.")


def _span(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} Sekunden"
    return f"{-(-seconds // 60)} Minuten" if seconds < 7200 else f"{-(-seconds // 3600)} Stunden"


def _nobody_else(turn: Turn, conversation: Conversation, order: Order, before: Sending | None) -> None:
    """Raise Conflict or Unsendable while another sending is under way, was not seen, or nobody knows how it went."""
    if conversation.outbound > order.answered:
        raise Conflict("Inzwischen ging eine Antwort hinaus. Bitte ansehen und dann entscheiden.")
    last = sendings.newest(turn, conversation.id)
    if last is None:
        return
    if last.state is SendState.SENDET:
        raise Conflict(f"{_who(turn, last)} sendet gerade. Bitte kurz warten und die Seite neu laden.")
    if last.state is SendState.UNGEWISS and turn.now < last.tried_at + LOST_AFTER:
        rest = int((last.tried_at + LOST_AFTER - turn.now).total_seconds()) + 1
        raise Unsendable(f"Postlotse wartet noch auf die Bestätigung von WhatsApp. Bitte in {_span(rest)} noch einmal.")
    if last.state is SendState.UNGEWISS and not order.again:
        raise Unsendable(
            "Ob die letzte Nachricht ankam, ist ungewiss: WhatsApp hat sie nicht bestätigt. Wer trotzdem noch einmal "
            "senden will, setzt das Häkchen."
        )
    if last.id > order.seen and (before is None or last.id != before.id):
        raise Conflict(f"{_who(turn, last)} hat inzwischen geschrieben. Bitte ansehen und dann entscheiden.")


def _who(turn: Turn, row: Sending) -> str:
    return staff.member(turn, row.member_id).name if row.member_id else "Postlotse"


def _is_wanted(turn: Turn, whom: Person, conversation: Conversation, template: Template | None) -> None:
    """Raise Unsendable when the person wants no messages; who wrote after that may be answered in words."""
    objection = opt_outs.standing(turn, whom.key)
    if objection is None:
        return
    wrote = conversation.last_inbound_at
    if template is not None or wrote is None or wrote <= objection.at:
        raise Unsendable(
            "Diese Person hat sich abgemeldet und bekommt keine Nachrichten. Schreibt sie wieder, kann man ihr im "
            "24-Stunden-Fenster antworten."
        )


def _filled(turn: Turn, order: Order, bare: Parcel, template: Template | None, conversation: Conversation) -> Parcel:
    """Return the parcel with its words or its template. Raises Invalid and Unsendable."""
    if template is None:
        words = order.words.strip()
        if not 0 < len(words) <= wording.LONGEST_TEXT:
            raise Invalid(
                "Der Text fehlt oder ist zu lang.",
                {"text": f"1 bis {wording.LONGEST_TEXT} Zeichen; es sind {len(words)}."},
            )
        if not open_for_words(turn, conversation):
            raise Unsendable(
                "Das 24-Stunden-Fenster von WhatsApp ist geschlossen. Jetzt geht nur eine Vorlage, etwa „Nachfrage“; "
                "mit der Antwort öffnet es sich wieder."
            )
        return Parcel(bare.account, bare.key, bare.number, bare.user_id, words)
    if template.state is not TemplateState.GENEHMIGT or not template.wording:
        raise Unsendable(f"Die Vorlage „{template.title}“ kann nicht gesendet werden ({template.state.value}).")
    values, wrong = wording.fill(template.wording, templates.places(template), order.typed)
    if wrong:
        raise Invalid("In der Vorlage fehlt noch etwas.", wrong)
    return Parcel(bare.account, bare.key, bare.number, bare.user_id, "", template.name, template.language, values)


def open_for_words(turn: Turn, conversation: Conversation) -> bool:
    """Say whether words may be sent now: Meta's window is open and Meta has not said otherwise since (131047)."""
    if not windows.meta_is_open(conversation.meta_until, turn.now):
        return False
    last = sendings.newest(turn, conversation.id)
    told = (
        last is not None
        and last.error_number == _CLOSED
        and last.tried_at >= (conversation.last_inbound_at or turn.now)
    )
    return not told


def _under_way(
    turn: Turn, conversation: Conversation, order: Order, template: Template | None, before: Sending | None
) -> Sending:
    if before is not None:
        before.state, before.tried_at, before.error_number, before.retry_at = SendState.SENDET, turn.now, None, None
        before.tries += 1
        turn.session.flush()
        return before
    row = Sending(
        key=order.key,
        account_id=conversation.account_id,
        conversation_id=conversation.id,
        member_id=turn.actor.member_id,
        kind=SendKind.TEXT if template is None else SendKind.VORLAGE,
        template_id=None if template is None else template.id,
        state=SendState.SENDET,
        created_at=turn.now,
        tried_at=turn.now,
    )
    turn.session.add(row)
    turn.session.flush()
    trail.note(
        turn, "WhatsApp gesendet", f"conversation:{conversation.id}", None, {"sending": row.id, "art": row.kind.value}
    )
    return row


def conclude(turn: Turn, sending_id: int, outcome: Outcome) -> tuple[MessageRecord | None, int]:
    """Note how a delivery went; return the message that it became (None while it is none), and of which number.

    A status that came in the meantime knows better: what is settled stays as it is.
    """
    row = turn.session.get_one(Sending, sending_id, with_for_update=True, populate_existing=True)
    account = turn.session.get_one(Account, row.account_id)
    if row.state is SendState.ANGENOMMEN:
        return None, account.id
    if outcome.taken:
        sendings.accepted(turn, row, outcome.source_id, turn.now)
        turn.session.flush()
        return sendings.record(turn, account, row), account.id
    if outcome.lost:
        row.state, row.retry_at = SendState.UNGEWISS, turn.now + LOST_AFTER
    else:
        row.state, row.error_number = SendState.FEHLGESCHLAGEN, outcome.number
    if outcome.number is not None:
        _refused(turn, row, outcome)
    turn.session.flush()
    return None, account.id


def settle(turn: Turn, account_id: int, source_id: str) -> None:
    """Say of a message that was sent and stored whether it stops the clock: words do, templates do not (X6, D4)."""
    statuses.join(turn, account_id, [source_id])
    moved = sendings.bind(turn, account_id, [source_id])
    if moved:
        clocks.refresh(turn, moved)


def _refused(turn: Turn, row: Sending, outcome: Outcome) -> None:
    """Do what a refusal asks for: wait, stop sending altogether, obey an opt-out (notes of the Cloud API on errors)."""
    number = outcome.number or 0
    found = refusals.refusal(number).next
    if found is Next.LANGSAMER:
        in_a_row = 1
        for earlier in sendings.failures(turn, row.conversation_id)[1:]:
            if earlier != number:
                break
            in_a_row += 1
        backoff = min(timedelta(seconds=_BACKOFF**in_a_row), _LONGEST_BACKOFF)
        row.retry_at = turn.now + max(backoff, timedelta(seconds=outcome.wait))
    elif found is Next.MORGEN:
        row.retry_at = turn.now + _TOMORROW
    elif found is Next.ABGEMELDET:
        sendings.objected(turn, row)
    elif refusals.halts(number):
        halts.halt(turn, number)


def release(turn: Turn) -> None:
    """Let sending go on after an Admin has acted."""
    halts.release(turn)
