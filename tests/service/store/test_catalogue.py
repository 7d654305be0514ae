"""The whole catalogue: by class, team and period, compared with the period before, each opening its rows."""

import random
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from models.account import Account
from models.duty import Team, TeamAccount
from models.message import Conversation
from models.tally import Closure, FirmDay
from models.terms import CalendarKind, Category, Channel
from service.domain import kpi
from service.store import behind, figures, firm_days, listing, snapshots, tallies
from service.store.listing import Filter
from service.store.scope import Scope, frame
from tests.service.store.firm import NOW, Firm, some_traffic

NO_ROWS = {"notices"}


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def found(turn, scope: Scope = figures.WHOLE_FIRM) -> dict[str, kpi.Reading]:
    return {reading.key: reading for reading in figures.catalogue(turn, scope)}


def test_a_team_is_its_mailboxes_and_a_figure_opens_its_rows_under_any_scope(firm):
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, random.Random(4), boxes, 40)
        turn.session.add(Team(id=1, name="Vertrieb", created_at=NOW))
        turn.session.flush()
        turn.session.add_all([TeamAccount(team_id=1, account_id=number) for number in boxes[:2]])
        turn.session.flush()
        scopes = [Scope(), Scope(team=1), Scope(category=Category.KUNDE), Scope((boxes[2],), days=7)]

        for scope in scopes:
            for key, reading in found(turn, scope).items():
                opened = figures.rows(turn, key, scope, limit=1000)
                streamed = [one.id for piece in figures.stream(turn, key, scope, 7) for one in piece]
                assert sorted(opened) == streamed
                assert (reading.rows is None) is (key in NO_ROWS)
                if reading.unit is kpi.Unit.ANZAHL and not reading.since and reading.value is not None:
                    assert reading.value == len(opened)
        whole, team = found(turn, Scope(tuple(boxes[:2]))), found(turn, Scope(team=1))
        assert [one.value for one in whole.values()] == [one.value for one in team.values()]


def test_figures_of_the_firm_are_the_same_from_kept_days_and_from_accounts(firm):
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, random.Random(8), boxes, 50)
        fresh = {key: (one.value, one.facts, one.trend) for key, one in found(turn).items()}
        firm_days.fill(turn)

        kept = {key: (one.value, one.facts, one.trend) for key, one in found(turn).items()}
        again = firm_days.fill(turn)

        assert kept == fresh
        assert again == 0


def test_rows_that_are_looked_for_from_the_newest_on_are_the_same_rows(firm):
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, random.Random(10), boxes, 60)
        at = [frame(turn, scope) for scope in (Scope(), Scope((boxes[0],)), Scope(category=Category.KUNDE))]

        for one, figure in product(at, kpi.CATALOGUE):
            far, near = (behind.conditions(one, figure.key, near=is_near) for is_near in (False, True))
            assert ids(turn, near) == ids(turn, far)


def ids(turn, conditions):
    return turn.session.scalars(select(Conversation.id).where(*conditions).order_by(Conversation.id)).all()


def test_mailboxes_are_the_same_from_kept_days_and_from_days_kept_without_accounts(firm):
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, random.Random(9), boxes, 50)
        fresh = figures.mailbox_rows(turn)
        firm_days.fill(turn)

        kept = figures.mailbox_rows(turn)
        for day in turn.session.scalars(select(FirmDay)):
            day.counts = {name: part for name, part in day.counts.items() if name != "accounts_wall"}
        older = figures.mailbox_rows(turn)
        firm_days.fill(turn)

        assert all("accounts_wall" in counts for counts in turn.session.scalars(select(FirmDay.counts)))
        assert any(one.mean is not None and one.quote is not None for one in fresh)
        assert fresh == kept == older


def test_a_past_period_is_compared_with_the_one_before_and_knows_what_waited_at_its_end(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        one = firm.conversation(turn, box)
        firm.answer(turn, one, NOW - timedelta(days=31), NOW - timedelta(days=29))
        firm.message(turn, one, NOW - timedelta(days=40), Category.KUNDE)
        snapshots.fill(turn)

        october = {one.key: one for one in figures.of_month(turn, "2026-10")}

        assert (october["unhandled"].value, october["unclassified"].value) == (0, None)
        assert (october["mail_reaction"].since, october["mail_reaction"].until) == ("2026-10-01", "2026-10-31")
        assert october["mail_reaction"].facts["answers"] == 1
        assert october["mail_reaction"].calendar is CalendarKind.WERKTAGE
        assert october["mail_reaction"].strict == 2 * 1440
        assert october["mail_reaction"].previous.since == "2026-08-31"


def test_a_conversation_that_comes_back_within_seven_days_is_no_solved_matter(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        for days in (None, 7, 8):
            one = firm.conversation(turn, box)
            closed_at = NOW - timedelta(days=9)
            closing = Closure(
                conversation_id=one.id, account_id=box, channel=Channel.EMAIL, opened_at=closed_at - timedelta(hours=2),
                closed_at=closed_at, reopened_at=None if days is None else closed_at + timedelta(days=days),
            )  # fmt: skip
            turn.session.add(closing)
            tallies.apply(turn, [tallies.closed(closing)])
        turn.session.flush()

        shown = found(turn)

        assert shown["reopened"].value == pytest.approx(100 / 3)
        assert shown["resolved"].facts["stayed"] == 2
        assert shown["resolution_time"].value == 120
        assert len(figures.rows(turn, "resolved", Scope())) == 2
        assert tallies.recount(turn) == ()


def test_a_mailbox_that_is_not_read_makes_its_figures_incomplete(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        turn.session.get_one(Account, box).incomplete_since = NOW - timedelta(hours=3)
        turn.session.flush()

        shown = found(turn)

        assert shown["mail_reaction"].incomplete == "Unvollständig seit 20.11. 09:00 (Postfach 1)."
        assert shown["chat_reaction"].incomplete == ""


def test_a_period_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="reversed"):
        Scope.between(date(2026, 11, 2), date(2026, 11, 1))


def test_the_answers_of_a_day_in_a_class_are_listed_whatever_came_in_since(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        newly = firm.conversation(turn, box, NOW - timedelta(hours=1), category=None, unclassified=1)
        other = firm.conversation(turn, box, category=Category.KUNDE)
        firm.answer(turn, newly, NOW - timedelta(days=3), NOW - timedelta(days=2), Category.KUNDE)
        firm.answer(turn, other, NOW - timedelta(days=3), NOW - timedelta(days=2), Category.LIEFERANT)
        day = (NOW - timedelta(days=2)).date().isoformat()
        counted = {one.day: one.answers for one in figures.reaction_days(turn, Scope(category=Category.KUNDE))}

        listed = listing.page(turn, Filter(category=Category.KUNDE, answered=day)).rows

        assert ([one.id for one in listed], counted[day]) == ([newly.id], 1)
