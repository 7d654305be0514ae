"""Taking in what a WhatsApp number was told: statuses, calls, standby, in any order and any number of times."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete, func, select

from models.chat import ChatEvent, MessageStatus
from models.inbox import Inbox
from models.message import Conversation, Message
from models.tally import Tally
from models.terms import ConversationState
from service.runtime import Runtime
from service.store import statuses, tallies
from tests.factories import START
from tests.fakes import FakeClock
from tests.service.jobs.chatting import NUMBER, USER, call, echo, inbound, seconds, status, tell

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def conversation(runtime: Runtime) -> Conversation:
    with runtime.look() as turn:
        return turn.session.scalars(select(Conversation)).one()


def count(runtime: Runtime, table: type) -> int:
    with runtime.look() as turn:
        return int(turn.session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.unmeasured
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_statuses_in_any_order_give_the_same_state(runtime: Runtime, order: tuple[int, ...]) -> None:
    if runtime.database.is_sqlite or order in {(0, 1, 2, 3), (3, 2, 1, 0)}:
        told = [
            echo("w1", START),
            *(status("w1", w, START + n * SECOND) for n, w in enumerate(("sent", "delivered", "read"))),
        ]

        for step in order:
            tell(runtime, told[step], field="smb_message_echoes" if step == 0 else "messages")

        with runtime.look() as turn:
            (message_id,) = turn.session.scalars(select(Message.id))
            assert statuses.of(turn, [message_id]) == {message_id: "read"}
        assert count(runtime, MessageStatus) == 3


def test_a_status_told_again_keeps_the_earliest_time(runtime: Runtime) -> None:
    for second in (5, 2, 9):
        tell(runtime, status("w1", "delivered", START + second * SECOND, pricing={"category": str(second)}))
        with runtime.turn() as turn:
            # As after a sweep of old keys: the database, not the inbox, keeps the second one out.
            turn.session.execute(delete(Inbox))

    with runtime.look() as turn:
        assert turn.session.scalars(select(MessageStatus.at)).all() == [START + 2 * SECOND]


def test_a_status_of_an_unknown_message_is_kept_until_the_message_appears(runtime: Runtime) -> None:
    tell(runtime, status("w1", "failed", START, errors=[{"code": 131047, "title": "geheim"}]))
    with runtime.look() as turn:
        alone = turn.session.execute(select(MessageStatus.message_id, MessageStatus.error_code)).one()

    tell(runtime, echo("w1", START), field="smb_message_echoes")

    with runtime.look() as turn:
        assert tuple(alone) == (None, "131047")
        assert (
            turn.session.scalars(select(MessageStatus.message_id)).one()
            == turn.session.scalars(select(Message.id)).one()
        )


def test_a_group_has_a_status_for_each_recipient_and_the_furthest_is_shown(runtime: Runtime) -> None:
    group = {"recipient_type": "group", "recipient_id": "g1"}
    tell(
        runtime,
        echo("w1", START, group_id="g1"),
        status("w1", "read", START, recipient_participant_id="491711", **group),
        status("w1", "delivered", START, recipient_participant_id="491712", **group),
        status("w1", "erfunden", START, recipient_participant_id="491713", **group),
        field="smb_message_echoes",
    )

    with runtime.look() as turn:
        (message_id,) = turn.session.scalars(select(Message.id))
        assert statuses.of(turn, [message_id]) == {message_id: "read"}
    assert count(runtime, MessageStatus) == 3


def test_a_retry_of_seven_days_ago_counts_on_its_own_day_and_reopens_nothing(
    runtime: Runtime, clock: FakeClock
) -> None:
    tell(runtime, inbound("w2", START))
    clock.at = START + 7 * 24 * HOUR
    with runtime.turn() as turn:
        one = turn.session.scalars(select(Conversation)).one()
        one.state, one.closed_at = ConversationState.ERLEDIGT, turn.now

    tell(runtime, inbound("w1", START - HOUR))

    found = conversation(runtime)
    with runtime.look() as turn:
        days = {row.day: row.received for row in turn.session.scalars(select(Tally)) if row.received}
        assert tallies.recount(turn) == ()
    assert days == {START.date().isoformat(): 2}
    assert (found.state, found.waiting_since) == (ConversationState.ERLEDIGT, None)


@pytest.mark.parametrize("first", ["message", "call"])
def test_a_call_by_the_customer_refreshes_metas_window_and_not_the_firms(runtime: Runtime, first: str) -> None:
    told = {"message": (inbound("w1", START), "messages"), "call": (call("c1", START + HOUR), "calls")}

    for key in sorted(told, key=lambda key: key != first):
        tell(runtime, told[key][0], field=told[key][1])
    tell(runtime, call("c1", START + 2 * HOUR, event="terminate"), field="calls")

    found = conversation(runtime)
    assert found.meta_until == START + HOUR + timedelta(seconds=86_400)
    assert found.waiting_since == START
    assert (found.inbound, count(runtime, ChatEvent)) == (1, 1)


def test_a_call_by_the_firm_opens_nothing(runtime: Runtime) -> None:
    tell(runtime, inbound("w1", START))

    tell(runtime, call("c1", START + HOUR, direction="BUSINESS_INITIATED", to=NUMBER), field="calls")

    assert conversation(runtime).meta_until == START + 24 * HOUR


def test_an_echo_from_the_phone_stops_the_clock_and_neither_opens_nor_extends_metas_window(runtime: Runtime) -> None:
    tell(runtime, inbound("w1", START))

    tell(runtime, echo("w2", START + HOUR), field="smb_message_echoes")

    found = conversation(runtime)
    assert (found.waiting_since, found.meta_until) == (None, START + 24 * HOUR)


def test_what_metas_agent_says_is_no_answer_and_what_it_hears_opens_metas_window_alone(runtime: Runtime) -> None:
    tell(runtime, inbound("w1", START))

    tell(
        runtime,
        {"standby": inbound("w2", START + HOUR)},
        {"standby": echo("w3", START + 2 * HOUR)},
        {"standby": inbound("w4", START + 3 * HOUR, type="reaction", reaction={"message_id": "w3", "emoji": "x"})},
        field="standby",
    )

    found = conversation(runtime)
    assert found.waiting_since == START
    assert found.meta_until == START + HOUR + 24 * HOUR


def test_with_the_handover_to_staff_the_firms_clock_starts(runtime: Runtime) -> None:
    tell(runtime, {"standby": inbound("w1", START)}, field="standby")
    before = conversation(runtime).waiting_since

    handed = {
        "type": "control_passed", "timestamp": seconds(START + HOUR), "sender": {"phone_number": NUMBER},
        "recipient": {"phone_number_id": "1001"},
    }  # fmt: skip
    tell(runtime, handed, field="messaging_handovers")

    assert (before, conversation(runtime).waiting_since) == (None, START + HOUR)


@pytest.mark.parametrize(
    "more",
    [
        {"type": "reaction", "reaction": {"message_id": "w0", "emoji": "x"}},
        {"group_id": "g1"},
        {"type": "revoke", "revoke": {"original_message_id": "w0"}},
    ],
)
def test_reactions_groups_and_withdrawals_open_no_window(runtime: Runtime, more: dict[str, object]) -> None:
    tell(runtime, inbound("w1", START, **more))

    found = conversation(runtime)
    assert (found.waiting_since, found.meta_until) == (None, None)


def test_who_comes_from_an_advertisement_and_is_answered_costs_nothing_for_72_hours(runtime: Runtime) -> None:
    tell(runtime, inbound("w1", START, referral={"source_type": "ad", "headline": "geheim"}))
    before = conversation(runtime).free_until

    tell(runtime, echo("w2", START + 24 * HOUR - SECOND), field="smb_message_echoes")

    one = conversation(runtime)
    assert before is None
    assert one.free_until == START + 24 * HOUR - SECOND + 72 * HOUR
    assert one.meta_until == START + 24 * HOUR


def test_the_user_id_alone_continues_the_talk_under_the_number(runtime: Runtime) -> None:
    tell(runtime, inbound("w1", START, from_user_id=USER))

    tell(runtime, inbound("w2", START + HOUR, **{"from": None, "from_user_id": USER}))

    assert conversation(runtime).inbound == 2


def notice(sentence: str) -> dict[str, object]:
    """A notice of a changed user id as it came until August 2026: the old id stands in the sentence alone."""
    held = {"body": sentence, "user_id": "DE.2", "type": "user_changed_user_id"}
    return {"messages": [{"id": "s1", "timestamp": seconds(START + HOUR), "type": "system", "system": held}]}


@pytest.mark.parametrize(
    ("sentence", "continues"),
    [
        ("User Erika changed from DE.1 to DE.2", True),
        ("User changed from DE.1 to DE.9 changed from DE.1 to DE.2.", True),
        # Whoever calls himself so must not take over somebody else's talk.
        ("User changed from DE.1 to DE.2 changed from DE.7 to DE.2", False),
        ("User Erika changed from DE.1 to DE.9", False),
        ("from DE.1 to DE.2 User Erika", False),
    ],
)
def test_an_old_user_id_that_only_the_sentence_names_is_followed_and_a_name_cannot_forge_it(
    runtime: Runtime, sentence: str, continues: bool
) -> None:
    tell(runtime, inbound("w1", START, **{"from": None, "from_user_id": "DE.1"}))
    tell(runtime, notice(sentence))

    tell(runtime, inbound("w2", START + 2 * HOUR, **{"from": None, "from_user_id": "DE.2"}))

    with runtime.look() as turn:
        threads = [one.thread for one in turn.session.scalars(select(Conversation).order_by(Conversation.id))]
    assert threads == (["1001/DE.1"] if continues else ["1001/DE.1", "1001/DE.2"])
    assert count(runtime, Message) == 2
