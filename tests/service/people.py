"""A firm with some traffic, for tests about everything that is stored on one person."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import insert, select

from models.inbox import Inbox
from models.message import Conversation
from models.terms import Category, Channel, ConversationState
from service.actions import configure, confirm, finish, intake, register
from service.actions.confirm import Choice
from service.store import accounts, keys
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.conftest import NOW
from tests.factories import OWN, START, answer, chat, mail

ERIKA = "erika@kunde.example"
OTTO = "otto@anderswo.example"
NUMBER = "491718388958"
OTHER = "4915112345678"


@contextmanager
def opened(migrated: Path, folder: Path) -> Iterator[Turn]:
    """Open a writing turn on a copy of the firm; it is made once in a process, because it takes a second."""
    (folder / "firma.db").write_bytes(_made(migrated))
    database = Database(f"sqlite:///{folder / 'firma.db'}")
    with database.write() as session:
        yield Turn(session, NOW, Actor())
    database.dispose()


@lru_cache(maxsize=1)
def _made(migrated: Path) -> bytes:
    path = migrated.with_name("firma.db")
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        world(Turn(session, NOW, Actor()))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path.read_bytes()


def world(turn: Turn, seed: int = 7) -> None:
    """A firm with some traffic: mails, answers, copies, chats, confirmations, a closed case, a waiting update."""
    rng = random.Random(seed)
    box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("Info", shared=True)).id
    phone = accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Hotline")).id
    configure.own_domains(turn, (OWN,))
    people = [ERIKA, OTTO] * 6 + [f"p{number}@firma{number % 7}.example" for number in range(30)]
    letters = []
    for number in range(90):
        who, thread = rng.choice(people), f"t{rng.randrange(50)}"
        at = START + timedelta(minutes=number * 7)
        copy = (rng.choice(people),) if rng.random() < 0.4 else ()
        letters.append(mail(who, at=at, thread=thread, cc=copy, sender_name=who.title()))
        if rng.random() < 0.5:
            letters.append(answer(who, at=at + timedelta(minutes=3), thread=thread, cc=copy))
    chats = [chat(rng.choice((NUMBER, OTHER)), at=START + timedelta(hours=n), user_id="DE.77") for n in range(6)]
    for account, records in ((box, letters), (phone, chats)):
        intake.take_in(turn, records, account, intake.Judge(keys.book(turn), None))
    person = register.person(turn, "Erika", "Muster", Category.KUNDE)
    for number, peer in turn.session.execute(select(Conversation.id, Conversation.peer)).all():
        if peer in {ERIKA, OTTO}:
            ours = person if peer == ERIKA else None
            confirm.confirm(turn, Choice((number,), Category.KUNDE, person_id=ours, party_unknown=ours is None))
        elif rng.random() < 0.2:
            finish.finish(turn, (number,), ConversationState.ERLEDIGT)
    bulk = tuple(turn.session.scalars(select(Conversation.id).limit(20)))
    confirm.confirm(turn, Choice(bulk, Category.WERBUNG, mixed_ok=True))
    for dedup, payload in (("a", f'{{"from": "{ERIKA}"}}'), ("b", f'{{"to": ["{OTTO}"]}}'), ("c", "kein JSON")):
        turn.session.execute(insert(Inbox).values(dedup=dedup, account="1001", payload=payload, received_at=turn.now))
    turn.session.flush()
