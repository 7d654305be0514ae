"""The shapes of the API: what comes in, what goes out; the OpenAPI document is made from them."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from dataclasses import Field as DataField
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, create_model

from models.address import clean_address, number_form
from models.record import HeaderFlags, MessageRecord
from models.terms import CalendarKind, Category, Channel, Direction, Step
from service.actions.suggest import Advice
from service.domain import kpi
from service.errors import Invalid

# What is not declared is refused: a subject or a text that somebody sends by mistake is not silently swallowed.
STRICT = ConfigDict(extra="forbid", frozen=True)

Short = Annotated[str, StringConstraints(max_length=320)]
Shorts = Annotated[tuple[Short, ...], Field(max_length=100)]
Addresses = Annotated[tuple[Short, ...], Field(max_length=500)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
# Calendars know no deadline outside these years, nor has any message come from there.
Instant = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
_TYPES: Mapping[type, Any] = {str: Short, bool: bool, int: Count, tuple: Shorts}


def _default(field: DataField[Any]) -> Any:
    return field.default if field.default is not MISSING else ()


# The same fields as HeaderFlags, made from it so that the two cannot drift apart.
_FLAGS: dict[str, Any] = {field.name: (_TYPES[type(_default(field))], _default(field)) for field in fields(HeaderFlags)}
FlagsIn = create_model("FlagsIn", __config__=STRICT, **_FLAGS)


class RecordIn(BaseModel):
    """Metadata of one message; everything may be missing, content is refused. Times with zone."""

    model_config = STRICT

    channel: Channel = Channel.EMAIL
    direction: Direction = Direction.EINGANG
    sender: Short = Field("", description="Mail address, or WhatsApp number with country code.")
    sender_name: Short = ""
    submitter: Short = ""
    user_id: Short = Field("", description="WhatsApp business-scoped user id.")
    received_at: Instant | None = Field(None, description="Now, if missing.")
    to: Addresses = ()
    cc: Addresses = ()
    internet_message_id: Short = ""
    folder: Short = ""
    kind: Short = Field("", description="WhatsApp message type, such as text or image.")
    has_attachments: bool | None = None
    important: bool = False
    automated: bool = False
    flags: FlagsIn | None = None

    def record(self, now: datetime) -> MessageRecord:
        """Return the record. Raises Invalid when the sender is neither an address nor a number."""
        mail = self.channel is Channel.EMAIL
        form = clean_address if mail else number_form
        sender = form(self.sender)
        if self.sender and not sender:
            what = "keine Mailadresse" if mail else "keine Telefonnummer"
            raise Invalid(f"Der Absender ist {what}.", {"sender": what})
        given = {} if self.flags is None else self.flags.model_dump()
        return MessageRecord(
            channel=self.channel,
            account="",
            source_id="",
            direction=self.direction,
            received_at=self.received_at or now,
            internet_message_id=self.internet_message_id,
            sender=sender,
            sender_name=self.sender_name,
            submitter=clean_address(self.submitter),
            user_id=self.user_id,
            to=tuple(filter(None, map(form, self.to))),
            cc=tuple(filter(None, map(form, self.cc))),
            recipients_total=len(self.to) + len(self.cc),
            folder=self.folder,
            kind=self.kind,
            has_attachments=self.has_attachments,
            important=self.important,
            automated=self.automated,
            flags=HeaderFlags(**given) if self.flags is not None else None,
        )


class WindowOut(BaseModel):
    """The response window that the message opens; minutes in `calendar`, `strict_due_at` by the clock on the wall."""

    limit_minutes: int
    ideal_minutes: int | None
    calendar: CalendarKind
    due_at: datetime
    strict_due_at: datetime


class SuggestionOut(BaseModel):
    """`category` is null when nothing is sure enough; `final` says that an explicit rule of the firm decided."""

    category: Category | None
    confidence: float
    step: Step
    reason: str
    final: bool
    system: bool
    window: WindowOut | None

    @classmethod
    def of(cls, advice: Advice) -> "SuggestionOut":
        """Return the shape of an advice."""
        found = advice.suggestion
        return cls(
            category=found.category,
            confidence=round(found.confidence, 4),
            step=found.step,
            reason=found.reason,
            final=found.explicit,
            system=found.system,
            window=_window(advice),
        )


def _window(advice: Advice) -> WindowOut | None:
    if advice.window is None or advice.due_at is None or advice.strict_due_at is None:
        return None
    ideal = advice.window.ideal
    return WindowOut(
        limit_minutes=int(advice.window.limit.total_seconds()) // 60,
        ideal_minutes=None if ideal is None else int(ideal.total_seconds()) // 60,
        calendar=advice.window.kind,
        due_at=advice.due_at,
        strict_due_at=advice.strict_due_at,
    )


class PointOut(BaseModel):
    """One value of a trend; `at` is the first local day that it covers."""

    at: str
    value: float | None


class RowsOut(BaseModel):
    """How many conversations a figure counts, and the query that opens exactly them on the page "Einordnen"."""

    query: dict[str, str]
    count: int


class ComparisonOut(BaseModel):
    """The same figure in the period of the same length before, and what has changed since."""

    since: str
    until: str
    value: float | None
    change: float | None


class KpiOut(BaseModel):
    """One key figure as the page "Kennzahlen" shows it. `value` is null without data, or when `withheld` says why.

    `calendar` is the calendar in which minutes are measured, `strict` the value by the clock on the wall; `since` and
    `until` the local days covered (empty: how things stand now); `incomplete` says why something may be missing.
    """

    key: str
    title: str
    value: float | None
    unit: kpi.Unit
    target: float | None
    direction: kpi.Direction
    state: kpi.State
    met: bool | None
    formula: str
    withheld: str
    facts: dict[str, float | None]
    trend: list[PointOut]
    trend_text: str
    rows: RowsOut | None
    calendar: CalendarKind | None
    strict: float | None
    since: str
    until: str
    previous: ComparisonOut | None
    incomplete: str
    cadence: str

    @classmethod
    def of(cls, reading: kpi.Reading) -> "KpiOut":
        """Return the shape of a reading."""
        before = reading.previous
        # What is not shown is not listed either (store/shown.py).
        listed = None if reading.withheld else reading.rows
        rows = None if listed is None else RowsOut(query=listed.query, count=reading.rows_count)
        return cls(
            key=reading.key,
            title=reading.title,
            value=reading.value,
            unit=reading.unit,
            target=reading.target,
            direction=reading.direction,
            state=reading.state,
            met=reading.met,
            formula=reading.formula,
            withheld=reading.withheld,
            facts=dict(reading.facts),
            trend=[PointOut(at=point.at, value=point.value) for point in reading.trend],
            trend_text=reading.trend_text,
            rows=rows,
            calendar=reading.calendar,
            strict=reading.strict,
            since=reading.since,
            until=reading.until,
            previous=None if before is None else ComparisonOut(**asdict(before)),
            incomplete=reading.incomplete,
            cadence=reading.cadence,
        )


class KpisOut(BaseModel):
    """The key figures at one moment (UTC)."""

    as_of: datetime
    kpis: list[KpiOut]


class HealthOut(BaseModel):
    """Whether the service answers and reaches its database."""

    status: str
    version: str


class FieldProblem(BaseModel):
    """What is wrong with one field, as JSON pointer and German sentence."""

    pointer: str
    detail: str


class ProblemOut(BaseModel):
    """A problem document (RFC 9457, application/problem+json) with our code, which the handbook explains."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    fields: dict[str, str]
