"""Removing the sample firm leaves nothing of it, and everything else."""

from sqlalchemy import func, select

from models.message import Conversation, Message
from models.party import Company
from models.tables import ENTITIES
from models.tally import Tally
from models.terms import Category, Channel
from service.actions import confirm, intake, master, sample
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.actions.master import Entry
from service.store import accounts, keys
from service.store.accounts import Facts
from service.turn import Turn
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
