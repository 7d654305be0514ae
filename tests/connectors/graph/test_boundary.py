"""No token leaves for another host: which addresses lie inside the base."""

import json

import pytest

from connectors.errors import Refused
from connectors.graph.boundary import Base
from tests.shared import shared_file

BASE = "https://graph.microsoft.com/v1.0"


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com/v1.0/users/a/mailFolders/b/messages/delta?$skiptoken=x",
        "https://GRAPH.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:443/v1.0/users",
        "https://graph.microsoft.com/v1.0/users('a%40b.example')/mailFolders('c%3D')/messages/delta?$deltatoken=y",
    ],
)
def test_links_below_the_base_are_inside(url: str) -> None:
    assert Base(BASE).holds(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com/beta/users",
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0evil/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "https://graph.microsoft.com:99999/v1.0/users",
        "https://user:word@graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com\\@evil.example/v1.0/users",
        "https://graph.microsoft.com/v1.0/../beta/users",
        "https://graph.microsoft.com/v1.0/%2e%2e/beta/users",
        "https://graph.microsoft.com/v1.0/..%5cbeta/users",
        "https://graph.microsoft.com/v1.0//evil.example/x",
        "https://graph.microsoft.com/v1.0/users#x",
        "https://graph.microsoft.com /v1.0/users",
        "https://graph.microsoft.com\n/v1.0/users",
        "https://graph.microsoft.com\t.evil.example/v1.0/users",
        "https://graph.micro\u017foft.com/v1.0/users",
        "https://[::1/v1.0/users",
        "javascript:alert(1)",
    ],
)
def test_everything_else_is_outside(url: str) -> None:
    assert not Base(BASE).holds(url)
    with pytest.raises(Refused):
        Base(BASE).cursor(url)


@pytest.mark.parametrize(
    "cursor", ["", "users", "@evil.example/x", ".evil.example/x", "/../beta", "//evil.example/x", "\\x"]
)
def test_a_poisoned_cursor_leads_nowhere(cursor: str) -> None:
    with pytest.raises(Refused):
        Base(BASE).link(cursor)


def test_a_cursor_is_the_link_without_its_host() -> None:
    base = Base(BASE)
    link = f"{BASE}/users/a/mailFolders/b/messages/delta?$deltatoken=x"

    cursor = base.cursor(link)

    assert cursor == "/users/a/mailFolders/b/messages/delta?$deltatoken=x"
    assert base.link(cursor) == link


@pytest.mark.parametrize(
    "url", ["http://graph.microsoft.com/v1.0", "https://graph.microsoft.com", "", "ftp://x/y", "x"]
)
def test_a_base_that_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        Base(url)


def test_http_is_for_this_machine_alone() -> None:
    base = Base("http://127.0.0.1:4711/v1.0/")

    assert base.is_local
    assert base.holds("http://127.0.0.1:4711/v1.0/users")
    assert not base.holds("http://127.0.0.1:4712/v1.0/users")


def test_hostile_addresses_are_all_outside() -> None:
    base = Base(BASE)

    for line in shared_file("data/hostile/urls.jsonl").read_text().splitlines():
        case = json.loads(line)
        url = case["input"]
        assert not base.holds(url), case["id"]
        with pytest.raises(Refused):
            base.cursor(url)
