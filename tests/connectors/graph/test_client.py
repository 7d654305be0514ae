"""The innermost door: the token is refused to any address outside the base, whoever asks."""

import pytest

from connectors.errors import Refused
from connectors.graph.boundary import Base
from connectors.graph.transport import Guarded
from connectors.registry import open_source
from service.config import Config
from tests.connectors.graph.conftest import on_a_loop


def test_the_token_is_given_to_the_base_alone() -> None:
    asked: list[str] = []

    def token(claims: str) -> str:
        asked.append(claims)
        return "gut"

    guard = Guarded(Base("https://graph.microsoft.com/v1.0"), token)

    assert on_a_loop(guard.get_authorization_token("https://graph.microsoft.com/v1.0/users")) == "gut"
    for url in ("https://evil.example/v1.0/users", "https://graph.microsoft.com/beta/users"):
        with pytest.raises(Refused):
            on_a_loop(guard.get_authorization_token(url))
    assert asked == [""]
    assert guard.get_allowed_hosts_validator().get_allowed_hosts() == ["graph.microsoft.com"]


def test_an_unknown_source_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        open_source("fax", Config())


def test_a_source_is_opened_by_its_name() -> None:
    assert hasattr(open_source("graph", Config(graph_tenant="t", graph_client_id="c")), "pages")
