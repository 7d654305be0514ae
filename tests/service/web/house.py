"""All routes of the firm, and a firm in which every kind of object exists within reach and without."""

import re
from dataclasses import dataclass
from datetime import timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import guards
from tests.service.web.test_pages import rules
from tests.web_data import Web

MISSING = 999_999


NOBODY = "fremd"


DAY = timedelta(days=1)


@dataclass(frozen=True)
class Route:
    """One route and method, what it needs, and what the places in its address stand for."""

    method: str
    path: str
    who: object
    places: tuple[str, ...]

    def filled(self, values: dict[str, object]) -> str:
        return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: str(values.get(found[1], MISSING)), self.path)


@dataclass
class House:
    """The firm in which every kind of object exists twice: one within the reach of a Mitarbeiter, one without."""

    firm: Web
    own: dict[str, object]
    foreign: dict[str, object]


def routes(firm: Web) -> list[Route]:
    found = []
    for rule in rules(firm):
        who = getattr(firm.app.view_functions[rule.endpoint], guards.ATTRIBUTE, None)
        found += [
            Route(method, rule.rule, who, tuple(sorted(rule.arguments)))
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return found


def call(client: FlaskClient, route: Route, values: dict[str, object], token: str = "") -> TestResponse:
    body = {} if route.method in {"POST", "PUT", "PATCH"} else None
    return client.open(route.filled(values), method=route.method, json=body, headers={"X-CSRF-Token": token})


def ends_the_session(route: Route) -> bool:
    return route.path in {"/abmelden", "/anmelden", "/sitzungen/andere"}
