"""Tokens are shown once, kept as digests, unique by name while in use."""

from datetime import timedelta

import pytest

from service.errors import Conflict, Invalid, NotFound, NotSignedIn
from service.store import tokens
from service.turn import Turn


def test_only_the_digest_of_a_token_is_stored(turn: Turn) -> None:
    token = tokens.new(turn, "crm", ["kpis", "suggestions"])

    rows = turn.session.connection().exec_driver_sql("SELECT * FROM service_token").all()
    noted = turn.session.connection().exec_driver_sql("SELECT * FROM trail").all()
    assert token not in str(rows) + str(noted)
    assert tokens.find(turn, token).scopes == ("kpis", "suggestions")


def test_a_name_is_free_again_after_revoking(turn: Turn) -> None:
    first = tokens.new(turn, "crm", ["kpis"])
    with pytest.raises(Conflict):
        tokens.new(turn, "crm", ["kpis"])
    tokens.revoke(turn, "crm")

    second = tokens.new(turn, "crm", ["kpis"])

    assert tokens.find(turn, second).name == "crm"
    with pytest.raises(NotSignedIn):
        tokens.find(turn, first)
    assert [token.revoked_at is None for token in tokens.every(turn)] == [True, False]


@pytest.mark.parametrize(("name", "scopes"), [("", ["kpis"]), ("x" * 81, ["kpis"]), ("a\nb", ["kpis"]), ("crm", [])])
def test_a_token_needs_a_name_and_a_purpose(turn: Turn, name: str, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        tokens.new(turn, name, scopes)


def test_an_unknown_purpose_is_refused(turn: Turn) -> None:
    with pytest.raises(Invalid):
        tokens.new(turn, "crm", ["alles"])


def test_revoking_what_is_not_there_says_so(turn: Turn) -> None:
    with pytest.raises(NotFound):
        tokens.revoke(turn, "crm")


def test_the_last_use_is_noted_at_most_once_a_minute(turn: Turn) -> None:
    token = tokens.find(turn, tokens.new(turn, "crm", ["kpis"]))
    tokens.note_use(turn, token)
    turn.session.expire_all()
    used = tokens.every(turn)[0]

    assert tokens.use_is_due(token, turn.now)
    assert not tokens.use_is_due(used, turn.now + timedelta(seconds=59))
    assert tokens.use_is_due(used, turn.now + timedelta(seconds=60))


def test_odd_tokens_are_merely_unknown(turn: Turn) -> None:
    for odd in ("", "\ud800", "' OR 1=1 --", "ä" * 500):
        with pytest.raises(NotSignedIn):
            tokens.find(turn, odd)
