"""A firm with a mailbox that two people look after, beside larger ones, as tests of staff protection need it."""

import random
from datetime import timedelta
from pathlib import Path

from models.record import MessageRecord
from models.terms import Channel
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, keys
from service.store.accounts import Facts
from tests import web_data
from tests.conftest import NOW
from tests.factories import OWN, answer, mail
from tests.web_data import Web

# People per mailbox; the WhatsApp number of web_data is the whole of its channel and so the firm's.
PEOPLE = {"klein": 2, "gross": 9}


def traffic(name: str, rng: random.Random) -> list[MessageRecord]:
    found = []
    for day in range(1, 27, 2):
        at = NOW - timedelta(days=day, hours=rng.randrange(1, 4))
        peer, thread = f"{name}{day}@kontor-nord.example", f"{name}{day}"
        found.append(mail(peer, at=at, thread=thread))
        found.append(answer(peer, at=at + timedelta(minutes=rng.randrange(5, 200)), thread=thread))
    return found


def firm(tmp_path: Path, migrated: Path) -> Web:
    """Open the small firm with a mailbox of two people and one of nine, each with 26 days of mail and answers."""
    made = web_data.web(tmp_path, migrated, ())
    rng = random.Random(16)
    with made.runtime.turn() as turn:
        accounts.find(turn, Channel.EMAIL, f"info@{OWN}").people = 5  # type: ignore[union-attr]  # the small firm has it
        for name, people in PEOPLE.items():
            box = accounts.ensure(turn, Channel.EMAIL, f"{name}@{OWN}", Facts(f"{name}@", shared=True, people=people))
            intake.take_in(turn, traffic(name, rng), box.id, Judge(keys.book(turn)))
    return made
