"""What confirmations teach: domains that dissolve, list headers that tell classes apart, and undo that is exact."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from models.key import SenderKey
from models.message import Conversation, Message
from models.record import HeaderFlags, MessageRecord
from models.terms import Category, KeyScope, Step
from service.actions import confirm, intake
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.store import keys, teaching
from service.turn import Turn
from tests.factories import GENUINE, mail

LISTED = replace(GENUINE, list_id="post.kunde.example", list_unsubscribe=True)


def take(turn: Turn, mailbox: int, *senders: tuple[str, HeaderFlags | None]) -> list[int]:
    """Take in one mail of each sender; return their conversations in this order."""
    records: list[MessageRecord] = [mail(sender, flags=flags) for sender, flags in senders]
    intake.take_in(turn, records, mailbox, Judge(keys.book(turn)))
    threads = dict(turn.session.execute(select(Message.source_id, Message.conversation_id)).all())
    return [threads[record.source_id] for record in records]


def say(turn: Turn, number: int, category: Category, *, wide: bool = True) -> str:
    scope = KeyScope.DOMAIN if wide else KeyScope.ADRESSE
    return confirm.confirm(turn, Choice((number,), category, party_unknown=True, scope=scope)).confirmation_id


def active(turn: Turn) -> set[tuple[KeyScope, str, Category]]:
    found = turn.session.scalars(select(SenderKey).where(SenderKey.active))
    return {(key.scope, key.value, key.category) for key in found}


def suggestion(turn: Turn, mailbox: int, sender: str, flags: HeaderFlags | None = GENUINE) -> tuple[object, Step, str]:
    (number,) = take(turn, mailbox, (sender, flags))
    row = turn.session.scalars(select(Message).where(Message.conversation_id == number)).one()
    return row.category, row.step, row.reason


def test_confirmations_of_a_domain_are_counted_in_its_reason(jana: Turn, mailbox: int) -> None:
    for number in take(jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE)):
        say(jana, number, Category.KUNDE)

    category, step, reason = suggestion(jana, mailbox, "neu@kunde.example")

    assert (category, step) == (Category.KUNDE, Step.DOMAIN_BESTAETIGT)
    assert reason.startswith("Absenderdomain kunde.example 2x als Kunde bestätigt, zuletzt 18.11., 0x anders")


def test_a_contradiction_dissolves_the_domain_into_its_addresses(jana: Turn, mailbox: int) -> None:
    first, second, third = take(
        jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE), ("c@kunde.example", GENUINE)
    )
    say(jana, first, Category.KUNDE)
    say(jana, second, Category.KUNDE)

    say(jana, third, Category.LIEFERANT)

    assert active(jana) == {
        (KeyScope.ADRESSE, "a@kunde.example", Category.KUNDE),
        (KeyScope.ADRESSE, "b@kunde.example", Category.KUNDE),
        (KeyScope.ADRESSE, "c@kunde.example", Category.LIEFERANT),
    }
    assert suggestion(jana, mailbox, "a@kunde.example")[:2] == (Category.KUNDE, Step.ADRESSE_BESTAETIGT)
    assert suggestion(jana, mailbox, "neu@kunde.example")[:2] == (None, Step.KEINER)


def test_what_waited_for_a_domain_that_dissolved_no_longer_shows_its_suggestion(jana: Turn, mailbox: int) -> None:
    unproven = replace(GENUINE, auth_dmarc="", auth_spf="", auth_dkim="")
    first, second = take(jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE))
    say(jana, first, Category.KUNDE)
    (waits,) = take(jana, mailbox, ("c@kunde.example", unproven))
    assert jana.session.get_one(Conversation, waits).step is Step.DOMAIN_BESTAETIGT

    say(jana, second, Category.LIEFERANT)

    jana.session.expire_all()
    assert jana.session.get_one(Conversation, waits).suggested is None


def test_a_domain_of_two_classes_is_told_apart_by_its_list_header(jana: Turn, mailbox: int) -> None:
    first, second = take(jana, mailbox, ("a@kunde.example", GENUINE), ("news@kunde.example", LISTED))
    say(jana, first, Category.KUNDE)

    say(jana, second, Category.NEWSLETTER)

    person = suggestion(jana, mailbox, "neu@kunde.example")
    letter = suggestion(jana, mailbox, "rundbrief@kunde.example", LISTED)
    unknown = suggestion(jana, mailbox, "fremd@kunde.example", None)
    assert person[:2] == (Category.KUNDE, Step.LISTE_BESTAETIGT)
    assert letter[:2] == (Category.NEWSLETTER, Step.LISTE_BESTAETIGT)
    assert letter[2].startswith("Absenderdomain kunde.example mit Listen-Kopfzeile 1x als Newsletter bestätigt")
    assert unknown[:2] == (None, Step.KEINER)


def test_a_newsletter_of_a_customer_is_the_customers_while_nobody_says_otherwise(jana: Turn, mailbox: int) -> None:
    (first,) = take(jana, mailbox, ("a@kunde.example", GENUINE))
    say(jana, first, Category.KUNDE)

    assert suggestion(jana, mailbox, "news@kunde.example", LISTED)[:2] == (Category.KUNDE, Step.DOMAIN_BESTAETIGT)


def test_an_exception_for_one_address_leaves_its_domain_alone(jana: Turn, mailbox: int) -> None:
    first, second = take(jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE))
    say(jana, first, Category.KUNDE)

    say(jana, second, Category.LIEFERANT, wide=False)

    assert suggestion(jana, mailbox, "b@kunde.example")[0] is Category.LIEFERANT
    assert suggestion(jana, mailbox, "neu@kunde.example")[:2] == (Category.KUNDE, Step.DOMAIN_BESTAETIGT)


def test_a_domain_whose_only_witness_says_something_else_vouches_for_nobody_any_more(jana: Turn, mailbox: int) -> None:
    first, second = take(jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE))
    say(jana, first, Category.KUNDE)

    say(jana, first, Category.WERBUNG, wide=False)
    alone = suggestion(jana, mailbox, "neu@kunde.example")[:2]
    say(jana, second, Category.LIEFERANT)

    assert alone == (None, Step.KEINER)
    assert active(jana) == {
        (KeyScope.ADRESSE, "a@kunde.example", Category.WERBUNG),
        (KeyScope.DOMAIN, "kunde.example", Category.LIEFERANT),
    }
    assert suggestion(jana, mailbox, "neuer@kunde.example")[2].startswith(
        "Absenderdomain kunde.example 1x als Lieferant bestätigt, zuletzt 18.11., 0x anders"
    )


def test_who_corrects_himself_changes_the_domain_at_once(jana: Turn, mailbox: int) -> None:
    (first,) = take(jana, mailbox, ("a@kunde.example", GENUINE))
    say(jana, first, Category.KUNDE)

    say(jana, first, Category.LIEFERANT)

    category, step, reason = suggestion(jana, mailbox, "neu@kunde.example")
    assert (category, step) == (None, Step.DOMAIN_BESTAETIGT)  # said once against it: suggested, not final
    assert "1x als Lieferant bestätigt" in reason


@pytest.mark.parametrize("sender", ["erika@gmx.de", "post@sendgrid.net", "x@co.uk"])
def test_free_mail_carriers_and_public_suffixes_teach_one_address(jana: Turn, mailbox: int, sender: str) -> None:
    (first,) = take(jana, mailbox, (sender, GENUINE))

    say(jana, first, Category.WERBUNG)

    assert active(jana) == {(KeyScope.ADRESSE, sender, Category.WERBUNG)}


def test_a_key_that_was_switched_off_stays_off_whatever_is_confirmed_or_taken_back(jana: Turn, mailbox: int) -> None:
    first, second = take(jana, mailbox, ("a@kunde.example", GENUINE), ("b@kunde.example", GENUINE))
    act = say(jana, first, Category.KUNDE)
    domain = next(key for key in teaching.family(jana, ["kunde.example"]) if key.scope is KeyScope.DOMAIN)
    domain.off_at, domain.active = jana.now, False

    say(jana, second, Category.KUNDE)
    confirm.undo(jana, act)

    assert active(jana) == {(KeyScope.ADRESSE, "b@kunde.example", Category.KUNDE)}


SENDERS = (
    ("a@kunde.example", GENUINE),
    ("b@kunde.example", GENUINE),
    ("news@kunde.example", LISTED),
    ("tief@mail.kunde.example", None),
    ("x@gmx.de", GENUINE),
    ("y@gmx.de", GENUINE),
    ("brief@blatt.example", LISTED),
)


def book(turn: Turn) -> list[tuple[object, ...]]:
    """Everything that the keys say, whatever their row numbers."""
    turn.session.flush()
    return sorted(
        (
            key.scope.value,
            key.value,
            key.category.value,
            key.hits,
            key.others,
            key.active,
            key.under_domain,
            key.last_at,
        )
        for key in turn.session.scalars(select(SenderKey))
    )


def acts(rng: random.Random) -> list[tuple[int, Category, bool]]:
    return [
        (rng.randrange(len(SENDERS)), rng.choice(list(Category)[:3]), rng.random() < 0.75)
        for _ in range(rng.randrange(3, 8))
    ]


def play(turn: Turn, numbers: Sequence[int], said: Sequence[tuple[int, Category, bool]]) -> list[str]:
    return [say(turn, numbers[which], category, wide=wide) for which, category, wide in said]


@pytest.mark.unmeasured
def test_undo_in_any_order_leaves_the_keys_as_if_the_act_had_never_been(jana: Turn, mailbox: int) -> None:
    numbers = take(jana, mailbox, *SENDERS)
    rng = random.Random(5)

    for _ in range(5):
        said = acts(rng)
        gone = {at for at in range(len(said)) if rng.random() < 0.5}
        with jana.session.begin_nested() as changed:
            done = play(jana, numbers, said)
            before = book(jana)
            extra = say(jana, numbers[rng.randrange(len(SENDERS))], Category.WERBUNG)
            confirm.undo(jana, extra)
            assert book(jana) == before
            for at in rng.sample(sorted(gone), len(gone)):
                confirm.undo(jana, done[at])
            after = book(jana)
            changed.rollback()
        with jana.session.begin_nested() as oracle:
            play(jana, numbers, [one for at, one in enumerate(said) if at not in gone])
            wanted = book(jana)
            oracle.rollback()
        assert after == wanted, (said, gone)
