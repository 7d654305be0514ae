"""Going through a month: a drawn sample, verdicts, steps, and figures that stay as they were reported."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from models.account import Account
from models.decision import Decision
from models.message import Message
from models.review import Review, Sample
from models.staff import Member
from models.terms import Category, Origin, PartyVerdict, ReviewKind, Role, Step
from models.trail import Trail
from service.actions import review
from service.domain import routine
from service.errors import Conflict, Invalid, NotFound
from service.store import mistakes, month_report, months, reviews, samples
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.service.store.firm import NOW, Firm

OCTOBER = datetime(2026, 10, 12, 9, tzinfo=UTC)
MONTH = "2026-10"


@pytest.fixture
def firm(database: Database) -> Firm:
    """A firm with fifteen classified mails in October, one of them corrected, and a member who reviews."""
    made = Firm(database)
    with made.turn() as turn:
        turn.session.add(Member(id=1, name="Jens Thode", role=Role.TEAM_LEAD, created_at=OCTOBER))
        account = made.account(turn)
        for number in range(15):
            one = made.conversation(turn, account, company_id=None, peer_domain="kunde.test")
            message = _mail(made, turn, one.id, account, OCTOBER + timedelta(hours=number))
            turn.session.add(
                Decision(
                    message_id=message.id,
                    at=message.received_at,
                    origin=Origin.PERSON,
                    suggested=Category.NEWSLETTER if number == 0 else Category.KUNDE,
                    category=Category.KUNDE,
                    step=Step.MODELL,
                )
            )
            made.answer(turn, one, message.received_at, message.received_at + timedelta(hours=2))
    return made


def _mail(made: Firm, turn: Turn, conversation_id: int, account: int, at: datetime) -> Message:
    made.serial += 1
    found = Message(
        id=int(at.timestamp() * 1000).to_bytes(6, "big") + made.serial.to_bytes(10, "big"),
        account_id=account,
        channel="E-Mail",
        direction="Eingang",
        source_id=f"s{made.serial}",
        conversation_id=conversation_id,
        received_at=at,
        sender_domain="kunde.test",
        category=Category.KUNDE,
        origin=Origin.PERSON,
    )
    turn.session.add(found)
    turn.session.flush()
    return found


def _as_lead(turn: Turn, reach: frozenset[int] | None = None) -> Turn:
    return Turn(turn.session, turn.now, Actor(1, "Jens Thode", Role.TEAM_LEAD, reach))


def _judged(turn: Turn) -> Review:
    """Begin October and go through everything, one of ten with the wrong class."""
    found = review.begin(turn, ReviewKind.MONAT)
    for row in samples.rows(turn, found.id):
        party = PartyVerdict.ENTFAELLT if row.position == 2 else PartyVerdict.JA
        review.judge(turn, found.id, row.position, class_right=row.position > 1, party_right=party)
    for step in routine.keys(ReviewKind.MONAT):
        review.tick(turn, found.id, step, done=True)
    return found


def test_a_month_is_drawn_judged_ticked_and_closed_with_who_and_when_in_the_trail(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)
        found = _judged(turn)

        review.close(turn, found.id)

        assert found.period == MONTH
        assert (found.population, len(found.seed)) == (15, 32)
        assert [row.position for row in samples.rows(turn, found.id)] == list(range(1, 11))
        said = samples.found(turn, found.id)
        assert (said.judged, said.right, said.parties_asked) == (10, 9, 9)
        assert said.classes is not None
        assert (round(said.classes.low), round(said.classes.high)) == (60, 98)
        assert months.closed(turn) == {MONTH}
        verbs = list(turn.session.scalars(select(Trail.verb).where(Trail.about == f"review:{found.id}")))
        assert verbs.count("Stichprobe beurteilt") == 10
        assert {"Review begonnen", "Schritt abgehakt", "Review abgeschlossen"} <= set(verbs)
        assert reviews.ticks(turn, ReviewKind.MONAT, found.id)[0].who == "Jens Thode"
        (mistake,) = mistakes.of_month(turn, MONTH)
        assert (mistake.previous, mistake.category, mistake.count) == (Category.NEWSLETTER, Category.KUNDE, 1)
        assert mistake.domains == (("kunde.test", 1),)


def test_what_happens_later_stands_beside_a_closed_month_and_changes_nothing_of_it(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)
        found = _judged(turn)
        review.close(turn, found.id)
        before = month_report.reported(turn, MONTH)

        one = firm.conversation(turn, turn.session.scalars(select(Account.id)).one())
        firm.message(turn, one, OCTOBER, Category.WERBUNG)

        assert month_report.reported(turn, MONTH) == before
        now = month_report.compared(before, month_report.counted(turn, MONTH, found.id))
        moved = {line.key: (line.value, line.now) for line in now if line.differs}
        assert moved["Werbung"] == (0, 1)
        assert "E-Mail:ausgang" not in moved
        with pytest.raises(Conflict):
            review.tick(turn, found.id, "zahlen", done=False)
        with pytest.raises(Conflict):
            review.judge(turn, found.id, 1, class_right=True, party_right=PartyVerdict.JA)
        with pytest.raises(Conflict):
            review.close(turn, found.id)


def test_a_figure_that_is_new_or_gone_since_is_shown_as_such() -> None:
    was = (month_report.Figure("fehler", "a", "a", 2.0), month_report.Figure("fehler", "b", "b", None))
    now = (month_report.Figure("fehler", "b", "b", None), month_report.Figure("fehler", "c", "c", 1.0))

    found = month_report.compared(was, now)

    assert [(one.key, one.value, one.now, one.differs) for one in found] == [
        ("a", 2.0, None, True),
        ("b", None, None, False),
        ("c", None, 1.0, True),
    ]


def test_a_review_is_begun_once_and_a_step_can_be_taken_back(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)
        week = review.begin(turn, ReviewKind.FREITAG)

        assert review.begin(turn, ReviewKind.FREITAG).id == week.id
        review.tick(turn, week.id, "alte", done=True)
        review.tick(turn, week.id, "alte", done=True)
        assert reviews.state(turn).done == 1
        review.tick(turn, week.id, "alte", done=False)
        assert reviews.state(turn).done == 0
        with pytest.raises(Invalid, match="noch Schritte offen"):
            review.close(turn, week.id)
        for step in routine.keys(ReviewKind.FREITAG):
            review.tick(turn, week.id, step, done=True)
        review.close(turn, week.id)
        assert reviews.state(turn).closed_at == NOW
        assert months.closed(turn) == frozenset()
        assert reviews.past(turn, ReviewKind.FREITAG)[0].closed_by == "Jens Thode"


def test_a_morning_belongs_to_its_member_alone(firm: Firm) -> None:
    with firm.turn() as plain:
        mine = review.begin(_as_lead(plain), ReviewKind.MORGEN)
        plain.session.add(Member(id=2, name="Lea Voss", role=Role.MITARBEITER, created_at=OCTOBER))
        plain.session.flush()
        other = Turn(plain.session, plain.now, Actor(2, "Lea Voss", Role.MITARBEITER))

        assert review.begin(other, ReviewKind.MORGEN).id != mine.id
        with pytest.raises(NotFound):
            review.tick(other, mine.id, "oeffnen", done=True)


def test_only_what_is_over_and_known_can_be_reviewed(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)

        for period in ("2026-11", "2027-01"):
            with pytest.raises(Invalid, match="noch nicht vorbei"):
                review.begin(turn, ReviewKind.MONAT, period)
        with pytest.raises(Invalid, match="kein Monat"):
            review.begin(turn, ReviewKind.MONAT, "Oktober")
        with pytest.raises(Invalid, match="nicht von jetzt"):
            review.begin(turn, ReviewKind.FREITAG, "2026-W01")
        week = review.begin(turn, ReviewKind.FREITAG)
        with pytest.raises(Invalid, match="Schritt"):
            review.tick(turn, week.id, "unbekannt", done=True)


def test_a_sample_is_ticked_when_it_is_judged_and_judged_by_who_may_see_it(firm: Firm) -> None:
    with firm.turn() as plain:
        turn, blind = _as_lead(plain), _as_lead(plain, frozenset())
        found = review.begin(turn, ReviewKind.MONAT)

        with pytest.raises(Invalid, match="noch nicht ganz geprüft"):
            review.tick(turn, found.id, review.SAMPLE_STEP, done=True)
        with pytest.raises(NotFound):
            review.judge(blind, found.id, 1, class_right=True, party_right=PartyVerdict.JA)
        assert {row.conversation for row in samples.rows(blind, found.id)} == {None}
        for row in samples.rows(turn, found.id):
            review.judge(turn, found.id, row.position, class_right=True, party_right=PartyVerdict.JA)
        review.judge(turn, found.id, 3, class_right=False, party_right=PartyVerdict.NEIN)
        state = reviews.state(turn)
        assert state.sampled is not None
        assert state.sampled.verdicts == (True, True, False, *(True,) * 7)
        assert state.sampled.wrong == (Category.KUNDE,)
        assert [tick.step.key for tick in reviews.ticks(turn, ReviewKind.MONAT, found.id) if tick.at] == ["stichprobe"]


def test_an_erased_message_leaves_its_verdict_and_needs_none(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)
        found = review.begin(turn, ReviewKind.MONAT)
        erased = turn.session.scalars(select(Sample.message_id).order_by(Sample.position)).all()[:1]
        turn.session.execute(delete(Message).where(Message.id.in_(erased)))
        turn.session.expire_all()

        assert samples.rows(turn, found.id)[0].gone
        assert samples.unjudged(turn, found.id) == 9


def test_the_same_seed_draws_the_same_sample(firm: Firm) -> None:
    with firm.turn() as plain:
        turn = _as_lead(plain)
        found = review.begin(turn, ReviewKind.MONAT)
        drawn = set(turn.session.scalars(select(Sample.message_id)))

        again = Review(kind=ReviewKind.MONAT, period=MONTH, dedup="x", started_at=NOW, seed=found.seed)
        turn.session.add(again)
        turn.session.flush()
        samples.put(turn, again)

        assert set(turn.session.scalars(select(Sample.message_id).where(Sample.review_id == again.id))) == drawn
