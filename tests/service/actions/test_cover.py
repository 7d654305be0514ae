"""Deputies are told once, chats at once, and rights follow who is there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import DeputyGrant, Notice
from models.staff import Member
from models.terms import ConversationState, Role
from service.actions import absence, cover
from service.store import notices, reach, settings
from service.turn import Turn
from tests.conftest import NOW
from tests.service.actions import away
from tests.service.actions.away import DAY, WEEK, Team, plan

MORNINGS = {day: [["08:00", "09:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def team(turn: Turn) -> Team:
    return away.team(turn)


def test_a_deputy_is_told_once_with_the_number_of_open_items(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    for thread in ("a", "b"):
        away.waiting(turn, team.info, thread)
    away.waiting(turn, team.info, "c", state=ConversationState.ARCHIVIERT)

    first, second = cover.cover(turn), cover.cover(turn)

    assert away.told(turn) == [(team.bert, "VERTRETUNG", 2)]
    assert (first.told, second.told, second.grants) == (1, 0, 0)


def test_rights_begin_when_a_planned_absence_does_and_end_with_it_in_the_trail(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan(NOW + DAY, NOW + 2 * DAY))

    grants = []
    for now in (NOW, NOW + DAY, NOW + DAY, NOW + 2 * DAY):
        cover.cover(away.at(turn, now))
        grants.append(away.grants(turn))

    assert grants[:2] == [[], [(team.anna, team.bert, True)]]
    assert grants[3] == [(team.anna, team.bert, False)]
    assert away.verbs(turn)[1:] == ["Vertretungsrecht begonnen", "Vertretungsrecht beendet"]


def test_when_the_deputy_is_away_himself_the_next_one_holds_the_rights_and_is_told(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    cover.cover(turn)
    absence.enter(turn, team.bert, plan(NOW - timedelta(minutes=5), NOW + DAY))

    cover.cover(turn)
    cover.cover(away.at(turn, NOW + DAY))

    assert [(a, b) for a, b, running in away.grants(turn) if running] == [(team.anna, team.bert)]
    anna = [(who, kind) for who, kind, _ in away.told(turn)]
    assert anna.count((team.bert, "VERTRETUNG")) == 1
    assert (team.cara, "VERTRETUNG") in anna


def test_a_role_without_a_holder_falls_to_the_next_and_never_to_nobody(turn: Turn, team: Team) -> None:
    for number in (team.anna, team.bert, team.cara, team.lead):
        absence.enter(turn, number, plan())

    cover.cover(turn)

    assert {who for who, kind, _ in away.told(turn) if kind == "VERTRETUNG"} == {team.boss}


def test_when_everybody_is_away_the_admins_find_it_on_return(turn: Turn, team: Team) -> None:
    for number in (team.anna, team.bert, team.cara, team.lead, team.boss):
        absence.enter(turn, number, plan())

    cover.cover(turn)

    assert {(who, kind) for who, kind, _ in away.told(turn)} == {(team.boss, "OHNE_VERTRETUNG")}


def test_who_entered_the_absence_is_not_told_what_he_did(turn: Turn, team: Team) -> None:
    absence.enter(away.by(turn, team.lead, Role.TEAM_LEAD), team.cara, plan())

    cover.cover(turn)

    assert away.grants(turn) == [(team.cara, team.lead, True)]
    assert away.told(turn) == []


def test_the_absence_of_somebody_who_does_no_daily_work_concerns_nobody(turn: Turn, team: Team) -> None:
    chief = away.member(turn, "Max", Role.MANAGEMENT)
    absence.enter(turn, chief, plan())

    cover.cover(turn)

    assert away.told(turn) == []
    assert away.grants(turn) == []


def test_a_chat_that_waits_is_told_to_the_deputy_at_once_and_once_per_turn(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    cover.cover(turn)
    chat = away.waiting(turn, team.phone, "chat")
    away.waiting(turn, team.info, "mail")

    cover.cover(turn)
    cover.cover(turn)
    chat.waiting_since = NOW + timedelta(minutes=5)
    turn.session.flush()
    cover.cover(turn)

    rows = turn.session.scalars(select(Notice).where(Notice.kind == "WhatsApp in Vertretung")).all()
    assert [(row.member_id, row.conversation_id, row.about_member_id) for row in rows] == [
        (team.bert, chat.id, team.anna)
    ] * 2


def test_a_chat_stays_with_who_is_there(turn: Turn, team: Team) -> None:
    away.waiting(turn, team.phone, "chat")

    assert cover.cover(turn) == cover.Covered(0, 0)


def test_a_chat_by_hand_of_somebody_who_is_there_is_nobody_elses(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    cover.cover(turn)
    away.waiting(turn, team.phone, "chat", assignee_id=team.cara)

    assert cover.cover(turn).told == 0


def test_outside_own_hours_the_deputy_is_told_of_chats_and_reaches_them_until_they_begin_again(
    turn: Turn, team: Team
) -> None:
    turn.session.get_one(Member, team.anna).hours = MORNINGS
    chat = away.waiting(turn, team.phone, "chat")
    away.waiting(turn, team.phone, "second")

    cover.cover(turn)
    cover.cover(turn)

    grant = turn.session.scalars(select(DeputyGrant)).one()
    assert (grant.absence_id, grant.deputy_id) == (None, team.bert)
    assert grant.until_at == NOW.replace(hour=7) + DAY
    assert away.told(turn) == [(team.bert, "WHATSAPP_VERTRETUNG", 0)] * 2
    reached = reach.of(turn, team.bert, Role.MITARBEITER)
    assert reached.accounts is None or chat.account_id in reached.accounts
    cover.cover(away.at(turn, grant.until_at))
    assert away.grants(turn) == [(team.anna, team.bert, False)]


def test_rights_lent_for_hours_end_when_who_holds_them_goes_away(turn: Turn, team: Team) -> None:
    turn.session.get_one(Member, team.anna).hours = MORNINGS
    away.waiting(turn, team.phone, "chat")
    cover.cover(turn)

    absence.enter(turn, team.bert, plan())
    cover.cover(turn)

    assert [(b, running) for a, b, running in away.grants(turn) if a == team.anna] == [
        (team.bert, False),
        (team.cara, True),
    ]


def test_a_chat_that_nobody_can_take_waits_without_a_notice(turn: Turn, team: Team) -> None:
    for number in (team.anna, team.bert, team.cara, team.lead, team.boss):
        absence.enter(turn, number, plan())
    away.waiting(turn, team.phone, "chat")

    cover.cover(turn)

    assert {kind for _, kind, _ in away.told(turn)} == {"OHNE_VERTRETUNG"}


def test_a_firm_in_another_zone_is_read_in_its_own(turn: Turn, team: Team) -> None:
    settings.put(turn, settings.HOURS, {"week": MORNINGS, "land": "", "overrides": {}, "timezone": "Europe/Lisbon"})
    turn.session.get_one(Member, team.anna).hours = {"tue": [["08:00", "09:00"]]}
    away.waiting(turn, team.phone, "chat")

    # NOW is 9:00 in Lisbon: the firm has just closed, so the chat stays with Anna.
    assert cover.cover(turn).told == 0
    assert cover.cover(away.at(turn, NOW - timedelta(minutes=1))).told == 1


def test_a_deputy_sees_what_he_was_told_with_names_and_marks_it_as_seen(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    chat = away.waiting(turn, team.phone, "chat")
    cover.cover(turn)
    as_bert = away.by(turn, team.bert)

    lines = notices.lines(as_bert, team.bert)
    counts = [notices.unseen(turn, team.bert)]
    notices.see(turn, team.bert, [lines[0].notice.id])
    counts.append(notices.unseen(turn, team.bert))
    notices.see(turn, team.bert)
    counts.append(notices.unseen(turn, team.bert))

    assert counts == [2, 1, 0]
    assert {line.about for line in lines} == {"Anna"}
    assert [line.conversation.id for line in lines if line.conversation] == [chat.id]
    assert notices.see(turn, team.cara) == 0


def test_a_notice_whose_chat_is_out_of_reach_by_now_names_nobody(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    away.waiting(turn, team.phone, "chat")
    cover.cover(turn)
    as_bert = away.by(turn, team.bert)
    outside = away.replace(as_bert, actor=away.replace(as_bert.actor, reach=frozenset()))

    assert [line.conversation for line in notices.lines(outside, team.bert)] == [None, None]


def test_nothing_is_told_after_the_end(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())

    done = cover.cover(away.at(turn, WEEK[1] + DAY))

    assert done.told == 0
    assert away.grants(turn) == [(team.anna, team.bert, False)]
