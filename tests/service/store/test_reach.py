"""Whose conversations a member reaches, by what the firm has set up, and that every query keeps to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from models.duty import Deputy, DeputyGrant, MemberAccount, Team, TeamAccount, TeamMember
from models.message import Conversation
from models.party import Company
from models.staff import Member
from models.terms import Category, Channel, ConversationState, Role
from service.actions import confirm, finish
from service.actions.confirm import Choice
from service.errors import NotFound
from service.store import accounts, behind, figures, listing, lookup, messages, reach, staff, thread, triage
from service.store.accounts import Facts
from service.store.scope import WHOLE_FIRM
from service.turn import Turn

HOUR = timedelta(hours=1)


@pytest.fixture
def boxes(turn: Turn) -> dict[str, int]:
    """Three mailboxes: nothing is set up yet."""
    made = {name: accounts.ensure(turn, Channel.EMAIL, f"{name}@muster.example", Facts(name)) for name in "abc"}
    return {name: account.id for name, account in made.items()}


@pytest.fixture
def who(turn: Turn) -> Callable[[Role, str], Member]:
    """Adds a member."""
    return lambda role, name="Lea": staff.add(turn, name, role)  # type: ignore[misc]


def reached(turn: Turn, member: Member) -> frozenset[int] | None:
    turn.session.flush()
    return reach.of(turn, member.id, member.role).accounts


def look_after(turn: Turn, member: Member, account_id: int) -> None:
    turn.session.add(MemberAccount(member_id=member.id, account_id=account_id))
    turn.session.flush()


def team(turn: Turn, account_id: int, *people: Member, leads: bool = False) -> None:
    made = Team(name=f"Team {account_id}", created_at=turn.now)
    turn.session.add(made)
    turn.session.flush()
    turn.session.add(TeamAccount(team_id=made.id, account_id=account_id))
    for person in people:
        turn.session.add(TeamMember(team_id=made.id, member_id=person.id, leads=leads))
    turn.session.flush()


def grant(turn: Turn, absent: Member, deputy: Member, begins: timedelta = -HOUR, ends: timedelta = HOUR) -> DeputyGrant:
    made = DeputyGrant(member_id=absent.id, deputy_id=deputy.id, from_at=turn.now + begins, until_at=turn.now + ends)
    turn.session.add(made)
    turn.session.flush()
    return made


Who = Callable[..., Member]


@pytest.mark.parametrize("role", list(Role))
def test_a_firm_without_set_up_is_open_to_everybody(turn: Turn, boxes: dict[str, int], who: Who, role: Role) -> None:
    assert reached(turn, who(role)) is None


def test_a_mailbox_that_somebody_looks_after_is_closed_to_others(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    lea, max_ = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")

    look_after(turn, lea, boxes["a"])

    assert reached(turn, lea) is None
    assert reached(turn, max_) == {boxes["b"], boxes["c"]}


def test_a_mailbox_of_a_team_is_for_the_team(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    lea, max_ = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")

    team(turn, boxes["b"], lea)

    assert reached(turn, lea) is None
    assert reached(turn, max_) == {boxes["a"], boxes["c"]}


def test_nobody_looks_after_what_only_a_former_member_did(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    gone, max_ = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")
    look_after(turn, gone, boxes["a"])

    gone.active = False

    assert reached(turn, max_) is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGEMENT, Role.DATENSCHUTZ])
def test_roles_of_the_whole_firm_reach_all(turn: Turn, boxes: dict[str, int], who: Who, role: Role) -> None:
    look_after(turn, who(Role.MITARBEITER), boxes["a"])

    assert reached(turn, who(role, "Chef")) is None


def test_a_lead_reaches_the_own_teams_and_all_without_a_team(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    look_after(turn, who(Role.MITARBEITER), boxes["a"])
    free, bound = who(Role.TEAM_LEAD, "Timo"), who(Role.TEAM_LEAD, "Ulla")

    team(turn, boxes["b"], bound, leads=True)

    assert reached(turn, free) is None
    assert reached(turn, bound) == {boxes["b"], boxes["c"]}


def test_a_running_grant_opens_what_the_absent_one_looks_after(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    away, deputy = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")
    look_after(turn, away, boxes["a"])
    team(turn, boxes["b"], away)

    grant(turn, away, deputy)

    assert reach.of(turn, deputy.id, deputy.role) == reach.Reach(None, frozenset({away.id}))


@pytest.mark.parametrize(("begins", "ends"), [(HOUR, 2 * HOUR), (-2 * HOUR, -HOUR), (-HOUR, timedelta(0))])
def test_a_grant_opens_nothing_before_and_after_its_time(
    turn: Turn, boxes: dict[str, int], who: Who, begins: timedelta, ends: timedelta
) -> None:
    away, deputy = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")
    look_after(turn, away, boxes["a"])

    grant(turn, away, deputy, begins, ends)

    assert reached(turn, deputy) == {boxes["b"], boxes["c"]}


def test_an_ended_grant_and_a_deputy_without_one_open_nothing(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    away, deputy = who(Role.MITARBEITER), who(Role.MITARBEITER, "Max")
    look_after(turn, away, boxes["a"])
    turn.session.add(Deputy(member_id=away.id, deputy_id=deputy.id, position=0))

    grant(turn, away, deputy).ended_at = turn.now

    assert reached(turn, deputy) == {boxes["b"], boxes["c"]}


def test_working_out_the_reach_takes_one_query(turn: Turn, boxes: dict[str, int], who: Who) -> None:
    from sqlalchemy import event

    lea = who(Role.MITARBEITER)
    look_after(turn, lea, boxes["a"])
    seen: list[str] = []
    engine = turn.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    reach.of(turn, lea.id, lea.role)

    assert len(seen) == 1


@pytest.fixture
def held(turn: Turn, boxes: dict[str, int], who: Who) -> tuple[Turn, int, int]:
    """A member who reaches only mailbox b: the turn, an own and a foreign conversation that both wait."""
    look_after(turn, who(Role.MITARBEITER, "Kollege"), boxes["a"])
    look_after(turn, who(Role.MITARBEITER, "Kollegin"), boxes["c"])
    made = []
    for name in "ba":
        c = Conversation(
            channel=Channel.EMAIL,
            thread=name,
            account_id=boxes[name],
            peer="erika@kunde.example",
            peer_domain="kunde.example",
            opened_at=turn.now - HOUR,
            last_at=turn.now - HOUR,
            last_inbound_at=turn.now - HOUR,
            waiting_since=turn.now - HOUR,
            due_at=turn.now - HOUR / 2,
            unclassified=1,
            suggested=Category.KUNDE,
        )
        turn.session.add(c)
        turn.session.flush()
        made.append(c.id)
    mine = reach.actor(turn, who(Role.MITARBEITER))
    assert mine.reach == {boxes["b"]}
    return replace(turn, actor=mine), made[0], made[1]


def test_every_list_shows_own_conversations_only(held: tuple[Turn, int, int]) -> None:
    turn, own, _ = held

    assert [line.conversation.id for line in triage.rows(turn, triage.Filter()).lines] == [own]
    assert triage.counts(turn, triage.Filter())[triage.SUGGESTED] == 1
    assert triage.waiting(turn) == triage.Waiting(1, 1)
    assert [c.id for c in listing.page(turn, listing.Filter()).rows] == [own]
    assert listing.count(turn, listing.Filter()) == 1
    assert listing.count(turn, listing.Filter(text="erika")) == 1
    assert behind.rows(turn, "unclassified", WHOLE_FIRM) == (own,)
    assert [line.conversation_id for line in figures.next_deadlines(turn)] == [own]
    assert [row.name for row in figures.mailbox_rows(turn)] == ["b"]
    assert [account.name for account in listing.accounts(turn)] == ["b"]


def test_figures_of_the_firm_count_everything(held: tuple[Turn, int, int]) -> None:
    turn, _, _ = held

    assert behind.count(turn, "unclassified", WHOLE_FIRM) == 2


def test_foreign_and_missing_are_refused_alike(held: tuple[Turn, int, int]) -> None:
    turn, own, foreign = held

    for act in (
        lambda number: lookup.conversation(turn, number),
        lambda number: messages.hold(turn, [number, own]),
        lambda number: triage.one(turn, number),
        lambda number: confirm.confirm(turn, Choice((number,), Category.WERBUNG)),
        lambda number: finish.finish(turn, (number,), ConversationState.ARCHIVIERT),
    ):
        said = []
        for number in (foreign, 999_999):
            with pytest.raises(NotFound) as refused:
                act(number)
            said.append(str(refused.value))
        assert said[0] == said[1]


def test_what_belongs_to_a_foreign_conversation_is_not_given_either(held: tuple[Turn, int, int]) -> None:
    turn, _, foreign = held

    assert not thread.messages(turn, foreign)
    assert not thread.decisions(turn, foreign)
    assert not thread.clock_events(turn, foreign)
    assert thread.last_inbound(turn, foreign) is None


def test_an_act_on_foreign_conversations_cannot_be_taken_back(turn: Turn, held: tuple[Turn, int, int]) -> None:
    limited, own, foreign = held
    act = confirm.confirm(turn, Choice((own, foreign), Category.WERBUNG)).confirmation_id
    alone = confirm.confirm(turn, Choice((own,), Category.WERBUNG)).confirmation_id

    for missing in (act, "gibt-es-nicht"):
        with pytest.raises(NotFound, match="Diese Einordnung gibt es nicht"):
            confirm.undo(limited, missing)

    assert confirm.undo(limited, alone) == 0


def test_whoever_is_responsible_by_hand_or_party_sees_it_in_any_mailbox(held: tuple[Turn, int, int]) -> None:
    turn, _, foreign = held
    c = turn.session.get_one(Conversation, foreign)

    c.assignee_id = turn.actor.member_id
    turn.session.flush()
    assert lookup.conversation(turn, foreign).id == foreign

    c.assignee_id = None
    company = Company(name="Kunde", search="kunde", owner_id=turn.actor.member_id, created_at=turn.now)
    turn.session.add(company)
    turn.session.flush()
    c.company_id = company.id
    turn.session.flush()
    assert lookup.conversation(turn, foreign).id == foreign


def test_who_stands_in_sees_what_was_given_to_the_absent_one_by_hand(held: tuple[Turn, int, int], who: Who) -> None:
    turn, _, foreign = held
    away = who(Role.MITARBEITER, "Weg")
    turn.session.get_one(Conversation, foreign).assignee_id = away.id
    turn.session.flush()

    standing_in = replace(turn, actor=replace(turn.actor, stands_for=frozenset({away.id})))

    assert lookup.conversation(standing_in, foreign).id == foreign
    with pytest.raises(NotFound):
        lookup.conversation(turn, foreign)


def test_figures_of_a_foreign_mailbox_are_refused_like_those_of_a_missing_one(
    held: tuple[Turn, int, int], boxes: dict[str, int]
) -> None:
    turn, _, _ = held

    reach.only_known(turn, None)
    reach.only_known(turn, (boxes["b"],))
    for number in (boxes["a"], 999_999):
        with pytest.raises(NotFound, match="Dieses Postfach gibt es nicht"):
            reach.only_known(turn, (boxes["b"], number))
