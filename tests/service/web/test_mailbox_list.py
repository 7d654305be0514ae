"""Many mailboxes: pages of them, the broken one first, search and chips, and what an empty list says."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from models.account import Account
from models.terms import AccountState, Channel, Role
from service.store import accounts, polls
from service.store.accounts import Facts
from tests.web_data import Web

BOX = 2


def many(firm: Web, count: int) -> None:
    with firm.runtime.turn() as turn:
        for number in range(count):
            accounts.ensure(turn, Channel.EMAIL, f"box{number:03}@muster.example", Facts(f"box{number:03}@"))
        polls.enroll(turn, [f"box{number:03}@muster.example" for number in range(count)])
        bad = accounts.find(turn, Channel.EMAIL, f"box{count - 1:03}@muster.example")
        assert bad is not None
        bad.error_code, bad.state, bad.round = "PL-2009", AccountState.ANGEHALTEN, 1


@contextmanager
def statements(firm: Web) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(firm.runtime.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(firm.runtime.database.engine, "before_cursor_execute", note)


def test_many_mailboxes_come_in_pages_the_broken_one_first_for_the_same_number_of_questions(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    with firm.runtime.turn() as turn:
        polls.enroll(turn, [turn.session.get_one(Account, BOX).address])
    with statements(firm) as few:
        client.get("/postfaecher")
    many(firm, 120)

    with statements(firm) as lots:
        first = client.get("/postfaecher").text

    assert len(lots) <= len(few) + 1
    assert first.count("<tr>") == 51
    assert ">box119@</a>" in first.split("<tr>")[2]
    last = client.get("/postfaecher?seite=3").text
    assert "Seite 3 von 3, 122 Postfächer" in last
    assert client.get("/postfaecher?seite=99").text.count("<tr>") == last.count("<tr>") == 23


def test_search_and_chips_choose_and_an_empty_choice_says_so(firm: Web) -> None:
    many(firm, 12)
    client = firm.client(Role.ADMIN)

    assert client.get("/postfaecher?suche=BOX003").text.count("<tr>") == 2
    assert client.get("/postfaecher?suche=100%25").text.count("Keine Treffer") == 1
    ill = client.get("/postfaecher?lage=gestoert").text
    assert ill.count("<tr>") == 2
    assert ">box011@</a>" in ill
    assert client.get("/postfaecher?lage=erfunden&seite=x").status_code == 200
    assert "Keine Treffer" in client.get("/postfaecher?lage=angehalten").text


def test_without_any_mailbox_an_admin_reads_how_to_connect_one_and_others_whom_to_ask(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        for one in accounts.every(turn):
            turn.session.delete(one)

    empty = firm.client(Role.ADMIN).get("/postfaecher").text

    for words in ("setup microsoft365", "setup whatsapp", "import DATEI"):
        assert words in empty
    assert "richtet die Verwaltung ein" in firm.client(Role.TEAM_LEAD).get("/postfaecher").text
