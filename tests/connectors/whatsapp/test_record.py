"""An update becomes the record of a message, and only what asks for an answer opens a window."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.whatsapp.update import Update
from connectors.whatsapp.webhook import record, strip
from models.record import MessageRecord
from models.terms import Channel, Direction

WIRE = Path(__file__).resolve().parents[2] / "wire" / "whatsapp"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def records(name: str) -> list[MessageRecord]:
    found = [record(update, NOW) for update in strip((WIRE / f"{name}.json").read_bytes())]
    return [one for one in found if one is not None]


def test_an_inbound_text_names_sender_number_user_id_and_our_number() -> None:
    (one,) = records("text")

    assert one.channel is Channel.WHATSAPP
    assert one.direction is Direction.EINGANG
    assert (one.account, one.sender, one.user_id) == ("700100200300401", "4915155501234", "DE.70010020030040050")
    assert one.sender_name == "Erika Beispiel"
    assert one.received_at == datetime.fromtimestamp(1767600001, UTC)
    assert one.opens_clock
    assert not one.time_is_guessed


def test_somebody_without_a_number_is_known_by_the_user_id() -> None:
    (one,) = records("user_id_only")

    assert (one.sender, one.user_id) == ("", "DE.70010020030040077")


def test_a_notice_of_a_new_user_id_belongs_to_the_chat_under_the_old_one() -> None:
    (one,) = records("system_user_id")

    assert one.user_id == "DE.70010020030040050"
    assert not one.opens_clock


def test_a_user_id_in_the_place_of_the_number_is_taken_as_user_id() -> None:
    one = record(Update(kind="message", direction="in", id="w", account="7", sender="DE.5"), NOW)

    assert one is not None
    assert (one.sender, one.user_id) == ("", "DE.5")


@pytest.mark.parametrize("name", ["reaction", "system_number", "system_user_id", "group_message", "history"])
def test_reactions_notices_groups_and_the_past_open_no_window(name: str) -> None:
    assert [one.opens_clock for one in records(name) if one.direction is Direction.EINGANG].count(True) == 0


@pytest.mark.parametrize("name", ["text", "media", "interactive", "unsupported", "quick_reply_without_context"])
def test_everything_else_that_people_send_opens_one(name: str) -> None:
    assert all(one.opens_clock for one in records(name))


def test_a_withdrawal_opens_none_and_an_edit_does() -> None:
    edit, revoke = records("edit_revoke")

    assert edit.opens_clock
    assert not revoke.opens_clock


def test_an_echo_is_our_answer_and_a_reaction_of_ours_is_none() -> None:
    text, image, reaction = records("echoes")

    assert {one.direction for one in (text, image, reaction)} == {Direction.AUSGANG}
    assert text.to == ("4915155501234",)
    assert (image.to, image.user_id, image.has_attachments) == ((), "DE.70010020030040077", True)
    assert (text.opens_clock, reaction.opens_clock) == (True, False)


def test_what_the_agent_of_meta_holds_opens_nothing_and_its_answers_are_automated() -> None:
    inbound, echo = records("standby")

    assert not inbound.opens_clock
    assert echo.automated


def test_the_past_tells_our_messages_from_theirs() -> None:
    theirs, ours = records("history")

    assert (theirs.direction, theirs.sender) == (Direction.EINGANG, "4915155501234")
    assert (ours.direction, ours.to) == (Direction.AUSGANG, ("4915155501234",))
    assert theirs.folder == "history"


@pytest.mark.parametrize(
    "name", ["statuses", "calls", "templates", "account", "preferences", "groups", "unknown_field"]
)
def test_what_is_no_message_has_no_record(name: str) -> None:
    assert records(name) == []


def test_an_unreadable_or_future_time_is_replaced_by_the_receipt_and_marked() -> None:
    future = int((NOW + timedelta(hours=1)).timestamp())

    unreadable = record(Update(kind="message", direction="in", id="w", account="7"), NOW)
    ahead = record(Update(kind="message", direction="in", id="w", account="7", timestamp=future), NOW)

    assert unreadable is not None
    assert ahead is not None
    assert (unreadable.received_at, unreadable.sent_at, unreadable.time_is_guessed) == (NOW, None, True)
    assert (ahead.received_at, ahead.time_is_guessed) == (NOW, True)


def test_a_message_without_an_id_gets_one_that_stays_the_same() -> None:
    update = Update(kind="message", direction="in", account="7", sender="4915155501234", timestamp=1767600000)

    first, second = record(update, NOW), record(update, NOW + timedelta(days=1))

    assert first is not None
    assert second is not None
    assert first.source_id == second.source_id != ""
