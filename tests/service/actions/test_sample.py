"""Removing the sample firm leaves nothing of it, and everything else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from models.duty import Absence, Deputy, DeputyGrant
from models.message import Conversation, Message
from models.party import Company
from models.setting import Setting
from models.tables import ENTITIES
from models.tally import Tally
from models.terms import AbsenceKind, Category, Channel, KeyScope, Role
from models.trail import Trail
from service import runtime as running
from service.actions import absence, confirm, intake, master, sample, teams
from service.actions.absence import Plan
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.actions.master import Entry
from service.config import Config
from service.store import accounts, inbox, keys, staff
from service.store import teams as sets
from service.store.accounts import Facts
from service.store.inbox import Row
from service.store.teams import Part
from service.turn import Actor, Turn
from tests.factories import answer, mail

LEFT = {"trail", "setting", "schedule", "job", "member"}


def fill(turn: Turn, *, is_sample: bool) -> int:
    name = "muster" if is_sample else "echt"
    account = accounts.ensure(turn, Channel.EMAIL, f"info@{name}.example", Facts(name, sample=is_sample)).id
    master.take(
        turn, [Entry(f"{name} GmbH", Category.KUNDE, f"K-{name}", "", (f"kunde-{name}.example",), (), sample=is_sample)]
    )
    judge = Judge(keys.book(turn))
    intake.take_in(
        turn,
        [
            mail(f"a@kunde-{name}.example", thread=name),
            answer(f"a@kunde-{name}.example", thread=name),
            mail(f"news@{name}-blatt.example"),
        ],
        account,
        judge,
    )
    latest = turn.session.scalars(select(Conversation.id).order_by(Conversation.id.desc())).first()
    assert latest is not None
    confirm.confirm(turn, Choice((latest,), Category.NEWSLETTER))
    return account


def rows(turn: Turn) -> dict[str, int]:
    return {
        entity.__tablename__: turn.session.execute(select(func.count()).select_from(entity)).scalar_one()
        for entity in ENTITIES
        if entity.__tablename__ not in LEFT
    }


def test_nothing_of_the_sample_firm_stays(turn: Turn) -> None:
    fill(turn, is_sample=True)
    assert sample.present(turn)

    removed = sample.remove(turn)

    assert removed == 3
    assert not sample.present(turn)
    assert not any(rows(turn).values()), rows(turn)


def test_real_data_stay_untouched(turn: Turn) -> None:
    fill(turn, is_sample=False)
    before = rows(turn)
    fill(turn, is_sample=True)

    sample.remove(turn)

    assert rows(turn) == before
    assert turn.session.execute(select(func.count()).select_from(Message)).scalar_one() == 3
    assert turn.session.execute(select(func.count()).select_from(Company)).scalar_one() == 1
    assert turn.session.execute(select(func.sum(Tally.received))).scalar_one() == 2


def test_configured_sample_accounts_do_not_come_back_with_the_next_start(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, graph_mailboxes="info@muster.example", whatsapp_numbers="1001=Muster,1002=Echt")
    bare = running.start(config.model_copy(update={"graph_mailboxes": "", "whatsapp_numbers": ""}))
    with bare.turn() as turn:
        accounts.ensure(turn, Channel.EMAIL, "info@muster.example", Facts("Muster", sample=True))
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Muster", sample=True))
        inbox.add(turn.session, [Row("a", "1001", "{}", turn.now), Row("b", "1002", "{}", turn.now)])
        sample.remove(turn)
    bare.database.dispose()

    again = running.start(config)

    with again.look() as turn:
        assert [one.address for one in accounts.every(turn)] == ["1002"]
        assert [row.account for row in inbox.waiting(turn)] == ["1002"]
    again.database.dispose()


def test_removing_again_finds_nothing_and_forgets_nothing(turn: Turn) -> None:
    fill(turn, is_sample=True)
    sample.remove(turn)
    versions = len(turn.session.scalars(select(Setting)).all())

    assert sample.remove(turn) == 0
    assert len(turn.session.scalars(select(Setting)).all()) == versions


def test_a_rule_for_a_domain_that_real_mail_uses_too_stays(turn: Turn) -> None:
    real = accounts.ensure(turn, Channel.EMAIL, "info@echt.example", Facts("echt")).id
    demo = accounts.ensure(turn, Channel.EMAIL, "info@muster.example", Facts("muster", sample=True)).id
    for account in (real, demo):
        intake.take_in(turn, [mail("news@blatt.example")], account, Judge(keys.book(turn)))
    newest = turn.session.scalars(select(Conversation.id).order_by(Conversation.id.desc())).first()
    assert newest is not None
    confirm.confirm(turn, Choice((newest,), Category.NEWSLETTER, scope=KeyScope.DOMAIN))

    sample.remove(turn)

    assert "blatt.example" in keys.book(turn).confirmed_domains


def test_teams_of_the_sample_go_unless_they_hold_a_real_mailbox(turn: Turn) -> None:
    fill(turn, is_sample=True)
    fill(turn, is_sample=False)
    made_up, real = (accounts.find(turn, Channel.EMAIL, f"info@{name}.example") for name in ("muster", "echt"))
    assert made_up is not None
    assert real is not None
    lea = staff.add(turn, "Lea", Role.MITARBEITER).id
    for name, boxes in (("Erfunden", {made_up.id}), ("Gemischt", {made_up.id, real.id})):
        teams.create(turn, name, Part(frozenset(boxes), frozenset({lea})), sample=True)

    sample.remove(turn)

    assert [(team.name, team.accounts) for team in sets.every(turn)] == [("Gemischt", ("echt",))]


def test_an_invented_absence_goes_and_one_that_a_person_entered_stays(turn: Turn) -> None:
    fill(turn, is_sample=True)
    lea, pia = (staff.add(turn, name, Role.MITARBEITER, sample=True).id for name in ("Lea", "Pia"))
    plan = Plan(AbsenceKind.URLAUB, turn.now, turn.now + timedelta(days=3))
    absence.enter(turn, lea, plan)
    absence.enter(replace(turn, actor=Actor(pia, "Pia", Role.MITARBEITER)), pia, plan)

    sample.remove(turn)

    assert turn.session.scalars(select(Absence.member_id)).all() == [pia]
    assert set(turn.session.scalars(select(DeputyGrant.member_id))) <= {pia}


def test_rights_that_ran_because_of_an_invented_absence_end_at_once_and_in_the_trail(turn: Turn) -> None:
    fill(turn, is_sample=True)
    lea, pia = (staff.add(turn, name, Role.MITARBEITER, sample=True).id for name in ("Lea", "Pia"))
    staff.add(turn, "Ute", Role.ADMIN)
    turn.session.add(Deputy(member_id=lea, position=0, deputy_id=pia))
    absence.enter(turn, lea, Plan(AbsenceKind.URLAUB, turn.now, turn.now + timedelta(days=3)))
    before = turn.session.scalars(select(DeputyGrant.deputy_id)).all()

    sample.remove(turn)

    ended = turn.session.scalars(select(Trail).where(Trail.verb == "Vertretungsrecht beendet")).all()
    assert before == [pia]
    assert turn.session.scalars(select(DeputyGrant.id)).all() == []
    assert [(line.about, line.before["deputy"], line.after) for line in ended if line.before] == [
        (f"member:{lea}", pia, {"ended": turn.now.isoformat()})
    ]
