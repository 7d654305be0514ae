"""Notices and the history of a conversation: who reads them, and who never does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import Notice
from models.terms import Channel, Role
from service.actions import absence
from tests.conftest import NOW
from tests.service.web import away
from tests.service.web.away import LEA, as_member, lea_is_away, pia, post
from tests.web_data import Web


@pytest.fixture
def team(firm: Web) -> Web:
    return away.team(firm)


def test_notices_are_counted_read_opened_and_seen(team: Web) -> None:
    lea_is_away(team)
    client = as_member(team, pia(team), Role.MITARBEITER)

    page = client.get("/hinweise").text
    with team.runtime.look() as turn:
        rows = turn.session.scalars(select(Notice).where(Notice.member_id == pia(team)).order_by(Notice.id)).all()
    one, where = post(client, "/hinweise/gesehen", nr=rows[0].id, weiter=f"/vertretung/{LEA}")
    left = client.get("/hinweise").text
    post(client, "/hinweise/gesehen")

    assert f"{len(rows)} neu" in page
    assert "Sie vertreten Lea Voss." in page
    assert "WhatsApp wartet: <bdi>Petra Hansen</bdi>" in page
    assert (one, where) == (303, f"/vertretung/{LEA}")
    assert f"{len(rows) - 1} neu" in left
    assert "alles gesehen" in client.get("/hinweise").text


def test_nobody_marks_or_reads_the_notices_of_others(team: Web) -> None:
    lea_is_away(team)
    client = team.client(Role.ADMIN)

    post(client, "/hinweise/gesehen")

    assert "Keine Hinweise" in client.get("/hinweise").text
    with team.runtime.look() as turn:
        assert all(row.seen_at is None for row in turn.session.scalars(select(Notice)))


def test_history_is_for_those_whom_it_concerns(team: Web) -> None:
    number = lea_is_away(team)
    with team.runtime.turn() as turn:
        absence.end(turn, number)

    assert "Bisher (1)" in team.client(Role.ADMIN).get("/abwesenheiten").text
    assert "Bisher (" not in as_member(team, pia(team), Role.MITARBEITER).get("/abwesenheiten").text


def test_an_answer_is_told_by_the_part_of_who_wrote_it(team: Web) -> None:
    from service.actions import intake
    from service.actions.intake import Judge
    from service.store import accounts, keys
    from tests.factories import OWN, answer, mail

    number = lea_is_away(team)
    with team.runtime.turn() as turn:
        box = accounts.find(turn, Channel.EMAIL, f"info@{OWN}")
        assert box is not None
        letters = []
        for n, who in enumerate(("pia@muster.example", "", "")):
            at = NOW - timedelta(hours=6 - n)
            letters.append(mail(f"neu{n}@kontor-nord.example", at=at, thread=f"v{n}"))
            if n < 2:
                letters.append(
                    answer(f"neu{n}@kontor-nord.example", at=at + timedelta(minutes=30), thread=f"v{n}", submitter=who)
                )
        intake.take_in(turn, letters, box.id, Judge(keys.book(turn)))

    page = as_member(team, LEA, Role.MITARBEITER).get(f"/abwesenheiten/{number}").text

    assert "von der Vertretung 1" in page
    assert "ohne Namen 1" in page
