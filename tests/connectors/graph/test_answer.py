"""What an answer that is no success means, and how long it asks us to wait."""

from pathlib import Path

import pytest

from connectors.errors import ConnectorError, CursorExpired, Refused, SignInNeeded, Unreachable
from connectors.graph.answer import LONGEST_WAIT, code_of, error_of, wait_of

WIRE = Path(__file__).parents[2] / "wire" / "graph"


@pytest.mark.parametrize(
    ("status", "name", "kind", "why"),
    [
        (410, "error_410.json", CursorExpired, ""),
        (400, "error_410.json", CursorExpired, ""),
        (403, "error_403_quota.json", Refused, "quota"),
        (403, "error_403_access.json", Refused, "access"),
        (404, "error_404.json", Refused, "missing"),
        (401, "error_404.json", SignInNeeded, "token"),
        (400, "error_404.json", Refused, "request"),
        (302, "error_404.json", Refused, "request"),
        (429, "error_429.json", Unreachable, ""),
        (503, "error_hostile_code.json", Unreachable, ""),
    ],
)
def test_each_answer_has_its_error_and_none_quotes_the_body(
    status: int, name: str, kind: type[ConnectorError], why: str
) -> None:
    error = error_of(status, (WIRE / name).read_bytes(), {})

    assert type(error) is kind
    assert getattr(error, "why", "") == why
    assert "GEHEIM" not in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"error": "x"}', b'{"error": {"code": 3}}', b"[" * 50_000])
def test_a_body_without_a_code_has_none(body: bytes) -> None:
    assert code_of(body) == ""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 2.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "7.5"}, 7.5),
        ({"Retry-After": "0"}, 2.0),
        ({"Retry-After": "-5"}, 2.0),
        ({"Retry-After": "99999999"}, LONGEST_WAIT),
        ({"Retry-After": "inf"}, LONGEST_WAIT),
        ({"Retry-After": "nan"}, 2.0),
        ({"Retry-After": "bald"}, 2.0),
        ({"Retry-After": "Mon, 04 May 2026 09:00:10 GMT", "Date": "Mon, 04 May 2026 09:00:00 GMT"}, 10.0),
        ({"Retry-After": "Mon, 04 May 2026 08:00:00 GMT", "Date": "Mon, 04 May 2026 09:00:00 GMT"}, 2.0),
        ({"Retry-After": "Mon, 04 May 2026 09:00:10 GMT"}, 2.0),
    ],
)
def test_retry_after_is_understood_in_every_form(headers: dict[str, str], seconds: float) -> None:
    assert wait_of(headers, 2.0) == seconds
