"""The list of mailboxes on both databases: which state each has, in which order, and what may be chosen."""

from datetime import timedelta

import pytest

from models.account import Account, Chain
from models.terms import AccountState, Channel
from service.errors import NotFound
from service.store import accounts, polls, readings
from service.store.accounts import PAUSED, Facts
from service.store.readings import Asked, Lage
from service.turn import Turn


def box(turn: Turn, name: str, **values: object) -> Account:
    made = accounts.ensure(turn, Channel.EMAIL, f"{name}@muster.example", Facts(name))
    made.round, made.last_ok_at = 1, turn.now
    for key, value in values.items():
        setattr(made, key, value)
    turn.session.add(
        Chain(account_id=made.id, folder="a", round=1, swept_round=1, read=5, total=9, complete_at=turn.now)
    )
    return made


def filled(turn: Turn) -> None:
    box(turn, "bereit")
    box(turn, "voll", warning_code="PL-2007")
    box(turn, "weg", error_code="PL-2001", state=AccountState.GESTOERT)
    # While it is tried again, the state says so; the code still tells why.
    box(turn, "fremd", error_code="PL-2009", state=AccountState.LIEST)
    box(turn, "ruht", error_code=PAUSED, state=AccountState.ANGEHALTEN)
    box(turn, "still", last_ok_at=turn.now - timedelta(hours=2))
    first = box(turn, "erster", last_ok_at=None)
    turn.session.add(Chain(account_id=first.id, folder="b", kind="sentitems", round=1, read=3))
    box(turn, "neu", last_ok_at=None)
    polls.enroll(turn, [one.address for one in accounts.every(turn)])
    box(turn, "abgemeldet")
    box(turn, "datei", round=0)
    accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Chat"))
    turn.session.flush()


def test_the_worst_come_first_and_each_state_is_told_apart(turn: Turn) -> None:
    filled(turn)

    seen = readings.overview(turn, Asked())

    assert [(line.account.name, line.lage) for line in seen.lines] == [
        ("fremd", Lage.ABGELEHNT),
        ("weg", Lage.GESTOERT),
        ("still", Lage.STILL),
        ("ruht", Lage.ANGEHALTEN),
        ("voll", Lage.EINGESCHRAENKT),
        ("erster", Lage.ERSTER),
        ("neu", Lage.NEU),
        ("abgemeldet", Lage.ABGEMELDET),
        ("bereit", Lage.BEREIT),
        ("Chat", Lage.EMPFANG),
        ("datei", Lage.DATEI),
    ]
    assert set(seen.counts.values()) == {1}


def test_progress_counts_a_folder_that_does_not_say_how_much_it_has_as_what_was_read(turn: Turn) -> None:
    filled(turn)

    (found,) = readings.overview(turn, Asked((Lage.ERSTER,))).lines

    assert (found.amount.folders, found.amount.open, found.amount.read, found.amount.total) == (2, 1, 8, 12)


def test_a_search_finds_names_and_addresses_and_nothing_is_a_wildcard(turn: Turn) -> None:
    filled(turn)

    assert [line.account.name for line in readings.overview(turn, Asked(text="MUSTER still")).lines] == ["still"]
    assert readings.overview(turn, Asked(text="%")).found == 0


def test_one_that_does_not_exist_is_not_found(turn: Turn) -> None:
    with pytest.raises(NotFound):
        readings.one(turn, 4711)


def test_a_pause_takes_the_chains_from_whoever_reads_and_survives_what_that_reader_reports(turn: Turn) -> None:
    made = box(turn, "bereit")
    turn.session.flush()

    accounts.pause(turn, made)
    accounts.report(turn, made.id, AccountState.BEREIT)

    assert (made.state, made.error_code, made.incomplete_since) == (AccountState.ANGEHALTEN, PAUSED, made.last_ok_at)
    (chain,) = readings.folders(turn, made.id)
    assert chain.chain.fence == 1
