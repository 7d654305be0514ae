"""Only what was signed with one of our secrets, over exactly these bytes, is let in."""

import hashlib
import hmac

import pytest

from connectors.emulator.whatsapp import sign
from connectors.whatsapp.signature import check

SECRET = "nur-fuer-tests"
BODY = b'{"text":"Gr\\u00fc\\u00dfe \\ud83d\\ude42"}'


def test_a_body_with_escapes_and_one_with_raw_umlauts_are_both_accepted_as_signed() -> None:
    raw = '{"text":"Grüße 🙂"}'.encode()

    assert check(BODY, sign(BODY, SECRET), [SECRET])
    assert check(raw, sign(raw, SECRET), [SECRET])


def test_upper_case_digits_are_the_same_signature() -> None:
    digest = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest().upper()

    assert check(BODY, f"sha256={digest}", [SECRET])


def test_while_secrets_rotate_the_old_and_the_new_one_are_accepted() -> None:
    assert check(BODY, sign(BODY, "alt"), ["neu", "alt"])
    assert check(BODY, sign(BODY, "neu"), ["neu", "alt"])


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nobody_is_let_in(secrets: list[str]) -> None:
    assert not check(BODY, sign(BODY, ""), secrets)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        sign(BODY, SECRET)[7:],
        sign(BODY, SECRET)[:-1],
        sign(BODY, SECRET) + "0",
        sign(BODY, SECRET) + "\n",
        " " + sign(BODY, SECRET),
        "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        "SHA256=" + sign(BODY, SECRET)[7:],
        "sha256=" + "ä" * 64,
        "sha256=" + "\udcff" * 64,
        "sha256=" + "０" * 64,
        sign(BODY, "anderes"),
        sign(BODY + b" ", SECRET),
    ],
)
def test_any_other_header_is_refused_without_an_error(header: str | None) -> None:
    assert not check(BODY, header, [SECRET])
