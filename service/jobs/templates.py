"""Templates: asks Meta for state, language, category and quality of all templates, and follows what it says."""

from datetime import timedelta

from service.actions import templates
from service.runtime import Runtime
from service.store import jobs
from service.telemetry import log
from service.turn import Turn

EVERY = timedelta(hours=6)


def plan(turn: Turn) -> None:
    """Have templates looked at every six hours; webhooks tell of changes at once, this finds what they missed."""
    if jobs.plan(turn, jobs.TEMPLATES, EVERY):
        jobs.enqueue(turn, jobs.TEMPLATES)


def sync(runtime: Runtime) -> int:
    """Bring our templates in line with Meta's list; return how many changed. Raises ConnectorError."""
    if not runtime.sends:
        return 0
    found = templates.look(runtime.cloud, runtime.config.whatsapp_business_account)
    with runtime.turn() as turn:
        changed = templates.merge(turn, found)
    log().info("Vorlagen abgeglichen", count=len(found), new=changed)
    return changed
