"""Confirm: a person says what senders are; messages become final, the address book learns, clocks follow."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifier.book import may_teach
from classifier.suggestion import UNSURE
from models.decision import Confirmation
from models.message import Conversation, Message
from models.terms import TRAITS, Category, KeyScope, Origin
from service.errors import Conflict, Invalid
from service.store import (
    clocks,
    decisions,
    keys,
    latest,
    making,
    messages,
    parties,
    pending,
    rechecks,
    reversal,
    teaching,
    trail,
)
from service.store.teaching import Lesson
from service.turn import Turn

_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: rows, the class (None = accept each row's suggestion), the party, how far it reaches.

    `versions` are the versions the person saw; a row that a colleague decided meanwhile is a Conflict.
    """

    conversation_ids: tuple[int, ...]
    category: Category | None
    company_id: int | None = None
    person_id: int | None = None
    party_unknown: bool = False
    scope: KeyScope = KeyScope.ADRESSE
    versions: Mapping[int, int] = field(default_factory=dict)
    mixed_ok: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What an act did; its first id undoes everything."""

    confirmation_ids: tuple[str, ...]
    conversations: int
    messages: int

    @property
    def confirmation_id(self) -> str:
        """The act, or several joined by commas when one bulk accepted different classes."""
        return ",".join(self.confirmation_ids)


@dataclass(frozen=True, slots=True)
class _Assigned:
    """The party that a conversation got, and what of its role and links is new by that."""

    named: Mapping[str, int | None]
    made: list[str]


def confirm(turn: Turn, choice: Choice) -> Confirmed:
    """Make the chosen class final. All of it or nothing, one act per class.

    Raises Invalid (a party is missing, senders are mixed, nothing to accept), Conflict (a colleague was faster),
    NotFound.
    """
    chosen = _load(turn, choice)
    if choice.category is None:
        refuse_unsure(chosen)
    groups = _groups(chosen, choice, rechecks.open_of(turn, [conversation.id for conversation in chosen]))
    _guard_senders(chosen, choice)
    party = parties.check(turn, choice.company_id, choice.person_id)
    acts: list[str] = []
    count = 0
    for category, group in groups.items():
        _guard_party(category, choice, group)
        act, settled = _settle(turn, category, group, (choice, party))
        acts.append(act)
        count += settled
    return Confirmed(tuple(acts), len(chosen), count)


def _load(turn: Turn, choice: Choice) -> list[Conversation]:
    ids = list(dict.fromkeys(choice.conversation_ids))
    if not ids:
        raise Invalid("Es ist nichts ausgewählt.", {"conversation_ids": "Bitte mindestens eine Zeile auswählen."})
    if len(ids) > _MOST:
        raise Invalid(f"Höchstens {_MOST} Zeilen auf einmal.", {"conversation_ids": f"Mehr als {_MOST} Zeilen."})
    chosen = messages.hold(turn, ids)
    for conversation in chosen:
        seen = choice.versions.get(conversation.id)
        if seen is not None and seen != conversation.version:
            raise Conflict(latest.word(turn, conversation))
    return chosen


def refuse_unsure(chosen: Sequence[Conversation]) -> None:
    """Raise Invalid when several suggestions are to be accepted at once and one of them is unsure (S4.46)."""
    unsure = [each.peer for each in chosen if each.suggested is not None and each.confidence < UNSURE]
    if len(chosen) > 1 and unsure:
        listed = ", ".join(sorted(set(unsure))[:20])
        raise Invalid(
            f"Unsicher: {len(unsure)} von {len(chosen)} Vorschlägen. Gesammelt übernommen werden nur sichere.",
            {"category": f"Bitte einzeln ansehen oder eine Klasse wählen: {listed}"},
        )


def _groups(
    chosen: Sequence[Conversation], choice: Choice, blind: frozenset[int]
) -> dict[Category, list[Conversation]]:
    """Return the rows by class; to a blind question there is no suggestion that anybody could accept."""
    groups: dict[Category, list[Conversation]] = {}
    for conversation in chosen:
        category = choice.category or (None if conversation.id in blind else conversation.suggested)
        if category is None:
            raise Invalid(
                "Für mindestens eine Zeile gibt es keinen Vorschlag.",
                {"category": "Bitte eine Klasse wählen (1 bis 5)."},
            )
        groups.setdefault(category, []).append(conversation)
    return groups


def _guard_senders(chosen: Sequence[Conversation], choice: Choice) -> None:
    """One class for different senders needs a second look at the list of senders (S4.62)."""
    senders = Counter(conversation.peer for conversation in chosen)
    if choice.category is not None and len(senders) > 1 and not choice.mixed_ok:
        listed = ", ".join(f"{sender or 'unbekannt'} ({count})" for sender, count in senders.most_common(20))
        raise Invalid(f"Die Auswahl enthält {len(senders)} verschiedene Absender.", {"mixed": listed})


def _guard_party(category: Category, choice: Choice, group: Sequence[Conversation]) -> None:
    """Kunde and Lieferant name a party, or say openly that it is not known yet (S4.8)."""
    if not TRAITS[category].names_party or choice.party_unknown or choice.company_id or choice.person_id:
        return
    if any(c.company_id is None and c.person_id is None for c in group):
        raise Invalid(
            f"{category.value}: Bitte ein Unternehmen oder eine Person zuordnen.",
            {"party": "Bitte zuordnen oder „noch unbekannt“ wählen."},
        )


def _settle(
    turn: Turn,
    category: Category,
    group: Sequence[Conversation],
    how: tuple[Choice, Mapping[str, int | None]],
) -> tuple[str, int]:
    choice, party = how
    by_id = {conversation.id: conversation for conversation in group}
    targets = _targets(turn, category, by_id)
    families = teaching.roots(c.peer for c in group)
    listed = {m.conversation_id: _listed(m) for m in targets}
    act = decisions.open_act(
        turn,
        category,
        {"keys": teaching.snapshot(turn, families), "conversations": [_before(c) for c in group]},
    )
    decisions.add(turn, targets, category, act.id)
    pending.tally(turn, [(m, m.category, category) for m in targets])
    named = {c.id: _assign(turn, c, category, (choice, party)) for c in group}
    messages.settle(
        turn, [{"b_id": m.id, "category": category, "origin": Origin.PERSON, "decided_at": turn.now} for m in targets]
    )
    wide = choice.scope is KeyScope.DOMAIN
    act.conversations_before = [
        row | _taught(named[row["id"]], (wide, listed.get(row["id"]))) for row in act.conversations_before
    ]
    taught = teaching.lessons(act.conversations_before, category, turn.now)
    for lesson in taught:
        teaching.learn(turn, lesson)
    followed, touched, given = _follow(turn, taught, act.id)
    if given:
        first, *others = act.conversations_before
        act.conversations_before = [first | {"followed": given}, *others]
    act.messages = len(targets) + followed
    rechecks.answer(turn, list(by_id), category)
    clocks.refresh(turn, touched | set(by_id))
    trail.note(
        turn,
        "Eingeordnet",
        f"confirmation:{act.id}",
        None,
        {"class": category.value, "conversations": len(group), "messages": act.messages},
    )
    return act.id, act.messages


def _targets(turn: Turn, category: Category, by_id: Mapping[int, Conversation]) -> list[Message]:
    """Return the messages that get the class. One that only claims to be of the sender stays open beside genuine ones:
    a person who means it decides it alone.
    """
    found = [m for m in messages.inbound(turn, list(by_id)) if _belongs(m, by_id[m.conversation_id])]
    claimed = pending.unbelieved(turn, [m for m in found if m.category is None], category)
    genuine = {m.conversation_id for m in found if m.category is None and m.id not in claimed}
    return [m for m in found if m.id not in claimed or m.conversation_id not in genuine]


def _belongs(message: Message, conversation: Conversation) -> bool:
    """The sender decides: the class goes to the messages of the shown sender, not to third parties in the thread."""
    sender = message.sender or message.user_id
    same_house = message.sender_domain and message.sender_domain == conversation.peer_domain
    return sender == conversation.peer or bool(same_house and may_teach(message.sender_domain))


def _listed(message: Message) -> bool | None:
    """Say whether a mail has a list header; None where its headers are not known."""
    flags = message.flags
    return None if flags is None else bool(flags.get("list_id") or flags.get("list_unsubscribe"))


def _taught(assigned: _Assigned, how: tuple[bool, bool | None]) -> dict[str, Any]:
    """Return what taking the act back needs to know of one lesson."""
    wide, listed = how
    told: dict[str, Any] = {"wide": wide, "listed": listed}
    told |= {f"named_{name}": value for name, value in assigned.named.items()}
    return told | ({"made": assigned.made} if assigned.made else {})


def _follow(turn: Turn, taught: Sequence[Lesson], act_id: str) -> tuple[int, set[int], list[dict[str, Any]]]:
    """Judge anew what waits of the senders and domains that were taught; return how many followed, where, and the
    conversations, as they were, that got a party by it.
    """
    families = teaching.roots(lesson.peer for lesson in taught)
    known = [key.value for key in teaching.family(turn, families)]
    judge = (keys.book_of(turn, {*known, *families}), None)
    followed, touched, given = 0, set[int](), list[dict[str, Any]]()
    for scope, value in dict.fromkeys(
        (KeyScope.DOMAIN, lesson.domain) if lesson.domain else (KeyScope.ADRESSE, lesson.peer) for lesson in taught
    ):
        waiting = pending.of_sender(turn, scope, value)
        nameless = messages.nameless(turn, {m.conversation_id for m in waiting})
        count, conversations = pending.judge_again(turn, waiting, judge, act_id)
        followed += count
        touched |= conversations
        still = {row["id"] for row in messages.nameless(turn, {row["id"] for row in nameless})}
        given += [row for row in nameless if row["id"] not in still]
    return followed, touched, given


def _assign(
    turn: Turn, conversation: Conversation, category: Category, how: tuple[Choice, Mapping[str, int | None]]
) -> _Assigned:
    """Give a conversation its party; the chosen one, else the one it has."""
    choice, party = how
    conversation.version += 1
    if not TRAITS[category].names_party:
        conversation.company_id = conversation.person_id = None
        conversation.party_unknown = False
        return _Assigned({"company_id": None, "person_id": None}, [])
    if party["company_id"] or party["person_id"]:
        conversation.company_id, conversation.person_id = party["company_id"], party["person_id"]
    named = {"company_id": conversation.company_id, "person_id": conversation.person_id}
    conversation.party_unknown = not any(named.values())
    if not any(named.values()):
        return _Assigned(named, [])
    wide = choice.scope is KeyScope.DOMAIN
    return _Assigned(named, making.make(turn, conversation.peer, named, category, domain=wide))


def _before(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "company_id": conversation.company_id,
        "person_id": conversation.person_id,
        "party_unknown": conversation.party_unknown,
        "peer": conversation.peer,
    }


def undo(turn: Turn, confirmation_id: str) -> int:
    """Take one act (or several, joined by commas) back: keys exactly, messages unless a later decision holds.

    Returns how many messages went back. Raises NotFound; Conflict when it was taken back already.
    """
    return sum(reversal.take_back(turn, [_standing(turn, one)]) for one in confirmation_id.split(","))


def _standing(turn: Turn, confirmation_id: str) -> Confirmation:
    act = decisions.act(turn, confirmation_id)
    if act.undone_at is not None:
        raise Conflict("Diese Einordnung wurde schon zurückgenommen.")
    return act
