"""Plays Meta for the demo: the Cloud API on this machine, templates that are approved, statuses on their way.

Nothing leaves this machine: what is "sent" is taken by the emulator, which tells by webhook that it arrived.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors.emulator.account import Account
from connectors.emulator.cloud import CloudApi
from connectors.emulator.sending import Sendings
from connectors.emulator.templates import Template, Templates
from connectors.emulator.whatsapp import Meta
from connectors.errors import ConnectorError
from service.clock import SystemClock
from service.domain.wording import SHIPPED

# One of the shipped drafts stays a draft, so that handing one in can be tried out.
_DRAFT = "bestaetigung"


@contextmanager
def serving(token: str, meta: Meta) -> Iterator[CloudApi]:
    """Serve the Cloud API until the end; `meta` posts what it tells to the service of the demo."""

    def post(body: bytes) -> None:
        # The service may just be starting or ending: a status less is no harm in a demo.
        with suppress(ConnectorError):
            meta.post(body)

    templates = Templates(post, approve=True)
    for number, draft in enumerate((one for one in SHIPPED if one.name != _DRAFT), 1):
        made = Template(f"{7_100_000_000_000 + number}", draft.name, draft.language, draft.category, draft.wording, 0)
        made.status, made.quality = "APPROVED", "GREEN"
        templates.known[made.id] = made
    sendings = Sendings(templates, post, SystemClock().now).start()
    # Meta's own counts of what came in are not played: the demo posts months at once.
    account = Account(numbers=dict(meta.displays), came_in=None)
    api = CloudApi(token, [templates, sendings, account]).start()
    try:
        yield api
    finally:
        sendings.stop()
        api.stop()
