"""Message templates as rows: shipped drafts, what Admins write, and what Meta says of each."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from connectors.whatsapp.templates import Found, News
from models.sending import Sending, Template
from models.staff import Member
from models.terms import NoticeKind, Role, TemplateState
from service.domain.wording import SHIPPED, Draft, Place
from service.errors import NotFound
from service.store import notices, settings, staff, trail
from service.store.notices import Told
from service.store.rows import clean
from service.turn import Turn

# Set once the drafts were put in: who deletes one must not find it again after a restart.
_SHIPPED = "templates_shipped"
_KNOWN_TO_META = frozenset(
    {TemplateState.GENEHMIGT, TemplateState.GEPRUEFT, TemplateState.ABGELEHNT, TemplateState.PAUSIERT}
)
# Longer than any answer of Meta to a submission takes.
_HANDED_IN = timedelta(minutes=5)
# What an Admin has to know at once: such a template cannot be sent any more.
_BAD = frozenset({TemplateState.ABGELEHNT, TemplateState.PAUSIERT, TemplateState.GESPERRT})


def ship(turn: Turn) -> None:
    """Put the five drafts in, once in the life of a database."""
    if settings.get(turn, _SHIPPED, default=False):
        return
    settings.put(turn, _SHIPPED, value=True)
    for draft in SHIPPED:
        turn.session.add(_row(turn, draft))


def _row(turn: Turn, draft: Draft) -> Template:
    row = Template(state=TemplateState.ENTWURF)
    write(turn, row, draft)
    return row


def write(turn: Turn, row: Template, draft: Draft) -> None:
    """Put what an Admin wrote into a row."""
    row.name, row.language, row.title, row.category = draft.name, draft.language, draft.title, draft.category
    row.wording, row.purpose = draft.wording, draft.purpose
    row.holding, row.answers = draft.holding, draft.answers
    row.variables = [{"label": p.label, "kind": p.kind, "sample": p.sample} for p in draft.places]
    row.changed_at, row.member_id = turn.now, turn.actor.member_id


def draft(row: Template) -> Draft:
    """Return a row as an Admin writes it."""
    return Draft(
        row.name, row.language, row.title, row.category, row.wording,
        places(row), row.purpose, row.holding, row.answers,
    )  # fmt: skip


def places(row: Template) -> tuple[Place, ...]:
    """Return what is to be filled in, in order."""
    return tuple(Place(p["label"], p["kind"], p["sample"]) for p in row.variables)


def every(turn: Turn) -> Sequence[Template]:
    """Return all templates: those of the firm in the order they were made."""
    return turn.session.scalars(select(Template).order_by(Template.id)).all()


def sendable(turn: Turn) -> Sequence[Template]:
    """Return the templates that can be sent now: approved, and with a wording that we know."""
    return turn.session.scalars(
        select(Template)
        .where(Template.state == TemplateState.GENEHMIGT, Template.wording != "")
        .order_by(Template.title, Template.id)
    ).all()


def load(turn: Turn, template_id: int) -> Template:
    """Return a template to look at. Raises NotFound."""
    return _there(turn.session.get(Template, template_id))


def one(turn: Turn, template_id: int) -> Template:
    """Return a template, locked against others. Raises NotFound."""
    query = select(Template).where(Template.id == template_id).with_for_update()
    return _there(turn.session.scalars(query.execution_options(populate_existing=True)).one_or_none())


def _there(row: Template | None) -> Template:
    if row is None:
        raise NotFound("Diese Vorlage gibt es nicht (mehr).")
    return row


def named(turn: Turn, name: str, language: str) -> Template | None:
    """Return the template of this name and language; None for none."""
    return turn.session.scalars(
        select(Template).where(Template.name == name, Template.language == language)
    ).one_or_none()


def add(turn: Turn, value: Draft) -> Template:
    """Add a draft; its id is known afterwards."""
    row = _row(turn, value)
    turn.session.add(row)
    turn.session.flush()
    return row


def used(turn: Turn, template_id: int) -> bool:
    """Say whether something was sent with a template: then its row stays, so that what was sent keeps its name."""
    return (
        turn.session.scalars(select(Sending.id).where(Sending.template_id == template_id).limit(1)).first() is not None
    )


def merge(turn: Turn, found: Iterable[Found]) -> int:
    """Bring our templates in line with all that Meta lists; return how many changed.

    A template that we do not know is added without its wording; one that Meta no longer lists is marked so.
    """
    changed, seen = 0, set()
    for item in found:
        row = _of(turn, item)
        seen.add(row.id)
        changed += _follow(turn, row, item.state, item.quality, item.category)
        row.meta_id, row.reason, row.synced_at = item.meta_id, item.reason, turn.now
    for row in every(turn):
        if row.id in seen:
            continue
        if row.meta_id and row.state in _KNOWN_TO_META:
            changed += _follow(turn, row, TemplateState.GELOESCHT, "", "")
        elif row.state is TemplateState.GEPRUEFT and (row.submitted_at or turn.now) < turn.now - _HANDED_IN:
            # It was handed in, the answer was lost, and Meta does not know it: it never arrived.
            changed += _follow(turn, row, TemplateState.ENTWURF, "", "")
    return changed


def _of(turn: Turn, item: Found) -> Template:
    name, language = clean(item.name, 512), clean(item.language, 20)
    row = turn.session.scalars(select(Template).where(Template.meta_id == item.meta_id)).first() or named(
        turn, name, language
    )
    if row is None:
        row = _row(turn, Draft(name, language, name, item.category, ""))
        turn.session.add(row)
        turn.session.flush()
    return row


def hear(turn: Turn, told: Iterable[News]) -> bool:
    """Follow what webhooks tell of templates; say whether one of them is unknown or rejected, so that a look pays."""
    look = False
    for news in told:
        row = turn.session.scalars(select(Template).where(Template.meta_id == news.meta_id)).first()
        if row is None:
            look = True
            continue
        _follow(turn, row, news.state, news.quality, news.category)
        look = look or news.state is TemplateState.ABGELEHNT
    return look


def _follow(turn: Turn, row: Template, state: TemplateState | None, quality: str, category: str) -> bool:
    """Take over what Meta says, with a line in the trail; return whether anything changed. Empty parts say nothing."""
    before = {"state": row.state.value, "quality": row.quality, "category": row.category}
    row.state = state or row.state
    row.quality, row.category = clean(quality, 40) or row.quality, clean(category, 40) or row.category
    after: dict[str, Any] = {"state": row.state.value, "quality": row.quality, "category": row.category}
    if after == before:
        return False
    row.version += 1
    trail.note(turn, "Vorlage bei WhatsApp geändert", f"template:{row.id}", before, after)
    costs = row.category != before["category"] and before["category"] != ""
    if costs or (row.state in _BAD and row.state.value != before["state"]):
        _alert(turn, row)
    return True


def _alert(turn: Turn, row: Template) -> None:
    """Tell Admins, and leads, for whom a new category is a new price (Cloud API, template_category_update)."""
    who: tuple[Member, ...] = (*staff.with_role(turn, Role.ADMIN), *staff.with_role(turn, Role.TEAM_LEAD))
    said = f"vorlage:{row.id}:{row.version}"
    notices.tell(turn, [Told(member.id, NoticeKind.VORLAGE, f"{said}:{member.id}", amount=row.id) for member in who])
