"""The gate reads a body only as far as it may, and counters cannot be blown up by what comes in."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest

from service.hooks.counts import Counts
from service.hooks.gate import Answer, Call


def call(raw: bytes, **environ: Any) -> Call:
    return Call("POST", "", {"wsgi.input": BytesIO(raw)} | environ)


def test_a_body_is_read_as_long_as_announced() -> None:
    assert call(b"abcdef", CONTENT_LENGTH="3").body(10) == b"abc"
    assert call(b"", CONTENT_LENGTH="0").body(10) == b""


@pytest.mark.parametrize("announced", ["", "-1", "abc", "1e3", "9" * 20, "٣"])
def test_without_a_readable_length_nothing_is_read(announced: str) -> None:
    answer = call(b"abc", CONTENT_LENGTH=announced).body(10)

    assert isinstance(answer, Answer)
    assert answer.status is HTTPStatus.LENGTH_REQUIRED


def test_a_chunked_body_ends_at_the_limit() -> None:
    fits = call(b"abc", **{"wsgi.input_terminated": True}).body(3)
    too_long = call(b"abcd", **{"wsgi.input_terminated": True}).body(3)

    assert fits == b"abc"
    assert isinstance(too_long, Answer)
    assert too_long.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_headers_are_found_by_their_usual_name() -> None:
    found = call(b"", HTTP_X_HUB_SIGNATURE_256="sha256=00")

    assert found.header("X-Hub-Signature-256") == "sha256=00"
    assert found.header("X-Nothing") is None


def test_counters_add_up_and_end_somewhere() -> None:
    counts = Counts()
    for number in range(1000):
        counts.add(f"name{number}")
    counts.add("name1", 4)

    found = counts.read()
    assert found["name1"] == 5
    assert found["more"] == 500
    assert len(found) == 501
