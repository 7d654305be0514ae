"""The door to the Cloud API: the token stays with its host, nothing is quoted, and every answer is a state."""

import logging
from collections.abc import Iterator

import pytest

from connectors.emulator.cloud import BROKEN, DOWN, LOST, WABA, CloudApi, Wrong
from connectors.emulator.templates import Template, Templates
from connectors.errors import ConnectorError, Declined, Malformed, Refused, Uncertain, Unreachable
from connectors.whatsapp import refusals
from connectors.whatsapp.client import Client, error_of
from connectors.whatsapp.refusals import TABLE, Next, halts, refusal
from connectors.whatsapp.sending import Outcome, Parcel, deliver
from connectors.whatsapp.templates import FIELDS, Writing, create, listed
from tests.connectors.graph.faulty import Faulty, answer

TOKEN, CANARY = "kanarienvogel-token", "KANARIENVOGEL"
PARCEL = Parcel("1001", "pl1." + "0" * 32, "491718388958", "", CANARY)


@pytest.fixture
def api() -> Iterator[CloudApi]:
    templates = Templates(lambda _body: None)
    server = CloudApi(TOKEN, [templates, lambda path, _ask: {"ok": 1} if path == "1001/messages" else None]).start()
    yield server
    server.stop()


def client(base: str, token: str = TOKEN) -> Client:
    return Client(base, "v25.0", token)


@pytest.mark.parametrize(
    "base",
    ["http://graph.facebook.com", "https://graph.facebook.com@boese.example", "https://graph.facebook.com/x", "ftp://x",
     "https://", "//graph.facebook.com", "https://graph.facebook.com\\@boese.example", "http://127.0.0.1.boese.example"],
)  # fmt: skip
def test_only_a_plain_https_address_is_taken(base: str) -> None:
    with pytest.raises(Refused):
        client(base)
    with pytest.raises(Refused):
        Client("https://graph.facebook.com", "v25.0/../..", TOKEN)
    with pytest.raises(Refused):
        client("https://graph.facebook.com", " ")


@pytest.mark.parametrize(
    "path", ["../v1/x", "/x", "//boese.example/x", "x?y=1", "x#y", "a/b/c/d/e", "ä", "http://boese.example"]
)
def test_no_path_leads_elsewhere(api: CloudApi, path: str) -> None:
    with pytest.raises(Refused, match="hinaus"):
        client(api.base).get(path)
    assert api.heard == []


def test_neither_a_redirect_nor_the_address_of_a_next_page_ever_gets_the_token() -> None:
    stranger = Faulty(answer(200, {"data": []}))
    lured = Faulty(answer(302, {}, {"Location": f"{stranger.origin}/v25.0/1"}))
    page = {
        "data": [{"id": "1"}],
        "paging": {"next": f"{stranger.origin}/next?access_token=x", "cursors": {"after": "A"}},
    }
    paged = Faulty(answer(200, page))

    with pytest.raises(Refused):
        client(lured.origin).get("1")
    found = list(client(paged.origin).pages("1/x"))

    assert len(found) == 2
    assert stranger.heard == []
    assert all(TOKEN not in heard.line for heard in paged.heard)


def test_a_list_is_read_page_by_page_and_only_what_was_asked_for_comes(api: CloudApi) -> None:
    templates = api.parts[0]
    assert isinstance(templates, Templates)
    for number in range(250):
        templates.known[str(number)] = Template(str(number), f"t{number}", "de", "UTILITY", CANARY, 0, "APPROVED")

    found = listed(client(api.base), WABA)

    assert len(found) == 250
    assert api.heard.count(f"GET /v25.0/{WABA}/message_templates") == 3
    assert CANARY not in repr(found)
    assert "components" not in FIELDS


@pytest.mark.parametrize(
    ("fault", "error"), [(LOST, Uncertain), (BROKEN, Uncertain), (DOWN, Uncertain), (Wrong(2, CANARY), Uncertain),
                         (Wrong(131000, CANARY), Uncertain), (Wrong(190, CANARY), Declined), (Wrong(132000, CANARY), Declined)],
)  # fmt: skip
def test_an_order_whose_answer_is_lost_is_uncertain_and_nothing_is_quoted(
    api: CloudApi, fault: Wrong | str, error: type[ConnectorError], caplog: pytest.LogCaptureFixture
) -> None:
    api.faults = [fault]
    with caplog.at_level(logging.DEBUG), pytest.raises(error) as told:
        client(api.base).post("1001/messages", {"text": CANARY})

    trace = f"{told.value} {told.value.__cause__!r}"
    assert CANARY not in trace + caplog.text
    assert TOKEN not in trace + caplog.text


def test_a_question_whose_answer_is_lost_may_simply_be_asked_again() -> None:
    broken = Faulty(answer(200, b"<html>"))
    with pytest.raises(Unreachable) as told:
        client(broken.origin).get("1")
    assert not isinstance(told.value, Uncertain)
    with pytest.raises(Malformed):
        client(Faulty(answer(200, [1])).origin).get("1")
    with pytest.raises(Malformed):
        list(client(Faulty(answer(200, {"data": 1})).origin).pages("1"))


def test_nobody_there_means_that_nothing_was_sent() -> None:
    assert deliver(client("http://127.0.0.1:9"), PARCEL) == Outcome()


def test_an_answer_that_is_too_long_is_not_held() -> None:
    endless = Faulty(answer(200, b'{"a":"' + b"x" * (9 << 20) + b'"}'))

    assert deliver(client(endless.origin), PARCEL) == Outcome(lost=True)


@pytest.mark.parametrize(
    ("told", "waits"), [("5", 30.0), ("120", 120.0), ("99999999", 600.0), ("-1", 30.0), ("morgen", 30.0)]
)
def test_a_pause_that_is_asked_for_is_kept_within_reason(told: str, waits: float) -> None:
    error = error_of(429, b'{"error":{"code":80007}}', {"Retry-After": told}, order=True)

    assert isinstance(error, Declined)
    assert error.retry_after == waits


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b'{"error":1}', b'{"error":{"code":"x"}}', b"\xff", b"[" * 100_000]
)
def test_any_error_body_is_survived(raw: bytes) -> None:
    assert isinstance(error_of(400, raw, {}, order=True), Refused)
    assert isinstance(error_of(503, raw, {}, order=True), Uncertain)
    assert not isinstance(error_of(503, raw, {}, order=False), Uncertain)


def test_a_success_without_an_id_is_no_proof() -> None:
    assert deliver(client(Faulty(answer(200, {"messages": [{}]})).origin), PARCEL) == Outcome(lost=True)


def test_a_parcel_never_shows_what_is_in_it() -> None:
    shown = repr(PARCEL) + repr(Parcel("1", "k", "49171", "DE.1", "", "t", "de", (CANARY,)))

    assert CANARY not in shown
    assert "49171" not in shown


def test_a_template_that_meta_makes_without_an_id_is_malformed() -> None:
    with pytest.raises(Malformed):
        create(client(Faulty(answer(200, {"status": "PENDING"})).origin), WABA, Writing("a", "de", "UTILITY", "x", ()))


# Every number of the Cloud API that can follow something we do (error codes, "Errors to handle").
DOCUMENTED = (
    *(0, 3, 10, 190, *range(200, 300)), *(4, 80007, 130429, 131056, 131048, 131064), *(131047,),
    *(131026, 131021, 130403, 131050), *(131049, 130472), *(132000, 132001, 132005, 132007, 132012, 132015, 132016),
    *(131008, 131009, 100), *(131042, 131045, 133010, 131031, 368, 130497), *(1, 2, 131000, 131016, 131057),
    *(131051, 131052, 131062, 131063),
)  # fmt: skip


@pytest.mark.parametrize("number", sorted({*DOCUMENTED, *TABLE}))
def test_every_documented_number_has_a_german_sentence_and_a_next_step(number: int) -> None:
    found = refusal(number)

    assert found.next is not Next.UNBEKANNT
    assert found.what.endswith(".")
    assert found.todo.endswith(".")
    assert found.sentence == f"{found.what} {found.todo}"


def test_an_unknown_number_is_said_and_only_account_and_token_stop_everything() -> None:
    assert "999999" in refusal(999999).sentence
    assert {number for number in TABLE if halts(number)} >= {0, 10, 190, 131031, 131042, 131048, 131064, 133010, 368}
    assert not any(halts(number) for number in (131026, 131047, 132001, 130429, 131000))
    assert refusals.TABLE[131050].next is Next.ABGEMELDET
