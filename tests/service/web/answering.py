"""A firm that answers over WhatsApp, with the emulated Cloud API behind it, as the tests of pages need it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from models.message import Conversation
from service.config import Config
from service.runtime import Runtime
from tests import web_data
from tests.fakes import FakeClock
from tests.service import whatsapp_scene
from tests.service.jobs.chatting import inbound, tell
from tests.service.whatsapp_scene import Scene
from tests.web_data import Web

CANARY = "Kanarienvogel 4712"


@contextmanager
def sending_firm(folder: Path, filled: Path) -> Iterator[tuple[Web, Scene]]:
    """Open the small firm with sending switched on and the emulated Cloud API behind it."""
    (folder / "postlotse.db").write_bytes(filled.read_bytes())
    made: list[Web] = []

    def make(config: Config) -> Runtime:
        found = {name: getattr(config, name) for name in config.model_fields_set}
        runtime, clock = web_data._runtime(folder, **found)
        made.append(Web(web_data._shared(runtime), runtime, clock))
        return runtime

    with whatsapp_scene.scene(make, FakeClock()) as scene:
        (web,) = made
        scene.clock = web.clock
        scene.sent.clock = web.clock.now
        yield web, scene
        web.runtime.database.dispose()


def chat(web: Web) -> int:
    """Let a person write; return the conversation."""
    tell(web.runtime, inbound("web-1", web.clock.now(), **{"from": "491700000042"}))
    with web.runtime.look() as turn:
        return turn.session.scalars(select(Conversation.id).where(Conversation.peer == "491700000042")).one()


def form(page: str, template_id: int = 0) -> dict[str, str]:
    """Return the hidden fields of one of the forms of the panel."""
    forms = re.findall(r'<form method="post" action="/konversation/\d+/antworten.*?</form>', page, re.DOTALL)
    wanted = next(f for f in forms if (f'name="vorlage" value="{template_id}"' in f) == bool(template_id))
    return dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', wanted))


def answer(client: FlaskClient, number: int, **more: str) -> object:
    page = client.get(f"/konversation/{number}").text
    return client.post(f"/konversation/{number}/antworten", data=form(page) | more)
