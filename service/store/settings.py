"""What the firm decides: hours, targets, switches; versioned, read with defaults."""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import func, select

from models.setting import Setting
from models.terms import CalendarKind, Channel
from service.domain import kpi
from service.domain import windows as window_rules
from service.domain.business_time import Calendar
from service.domain.hours import DEFAULT_HOURS, Hours
from service.domain.windows import DEFAULT_TARGETS, Target, Window
from service.store import trail
from service.store.prepared import Ask, Prepared
from service.turn import Turn

HOURS = "hours"
TARGETS = "targets"
MASS_MAIL_RULE = "mass_mail_rule"
# Steps of the cascade whose answers wait for a person, because too many of them were wrong.
SUGGEST_ONLY = "suggest_only"
OWN_DOMAINS = "own_domains"
KPI_TARGETS = "kpi_targets"

# Where a session keeps the settings of its turn.
_READ = "settings"
_LAST = select(Setting.name, func.max(Setting.version).label("version")).group_by(Setting.name).subquery()
_EVERY = Prepared(
    select(Setting.name, Setting.version, Setting.value).join(
        _LAST, (_LAST.c.name == Setting.name) & (_LAST.c.version == Setting.version)
    )
)
ASK = Ask(_EVERY)


def get(turn: Turn, name: str, default: Any) -> Any:
    """Return the newest value of a setting, or `default` where the firm decided nothing."""
    value = _newest(turn).get(name, (0, None))[1]
    return default if value is None else value


def _newest(turn: Turn) -> dict[str, tuple[int, Any]]:
    """Return version and value of every setting; read once in a turn, which asks for many of them."""
    known: dict[str, tuple[int, Any]] | None = turn.session.info.get(_READ)
    if known is None:
        rows = ASK.rows(turn)
        known = turn.session.info[_READ] = {name: (version, value) for name, version, value in rows}
    return known


def put(turn: Turn, name: str, value: Any) -> int:
    """Store a new version of a setting, with a line in the trail; returns the version."""
    version, before = _newest(turn).get(name, (0, None))
    version += 1
    turn.session.add(
        Setting(name=name, version=version, value=value, changed_at=turn.now, member_id=turn.actor.member_id)
    )
    trail.note(turn, "Einstellung geändert", f"setting:{name}", before, value)
    turn.session.flush()
    turn.session.info.pop(_READ, None)
    return version


def version(turn: Turn, name: str) -> int:
    """Return the version of a setting that holds; 1 where the firm decided nothing yet."""
    return int(turn.session.scalar(select(func.max(Setting.version)).where(Setting.name == name)) or 1)


def hours(turn: Turn) -> Hours:
    """Return the opening hours, Bundesland, overrides and zone of the firm."""
    value = get(turn, HOURS, None)
    return DEFAULT_HOURS if value is None else Hours(**value)


def put_hours(turn: Turn, value: Hours) -> int:
    """Store new opening hours; returns the version."""
    return put(
        turn,
        HOURS,
        {
            "week": {day: [list(span) for span in spans] for day, spans in value.week.items()},
            "land": value.land,
            "overrides": {day: [list(span) for span in spans] for day, spans in value.overrides.items()},
            "timezone": value.timezone,
        },
    )


def targets(turn: Turn) -> dict[Channel, Target]:
    """Return the response target of each channel."""
    stored: dict[str, dict[str, Any]] = get(turn, TARGETS, {})
    found = dict(DEFAULT_TARGETS)
    for channel, value in stored.items():
        found[Channel(channel)] = Target(
            limit_minutes=value["limit_minutes"],
            kind=CalendarKind(value["kind"]),
            ideal_minutes=value["ideal_minutes"],
            resolve_minutes=value.get("resolve_minutes"),
        )
    return found


def put_targets(turn: Turn, value: dict[Channel, Target]) -> int:
    """Store new response targets; returns the version."""
    return put(
        turn,
        TARGETS,
        {
            channel.value: {
                "limit_minutes": target.limit_minutes,
                "kind": target.kind.value,
                "ideal_minutes": target.ideal_minutes,
                "resolve_minutes": target.resolve_minutes,
            }
            for channel, target in value.items()
        },
    )


@lru_cache(maxsize=32)
def _window(target: Target, packed_hours: bytes) -> Window:
    # Calendars are costly to build and the firm has few: keep the last ones by what they are made of.
    return window_rules.window(target, Hours(**msgspec.json.decode(packed_hours)))


def windows(turn: Turn) -> dict[Channel, Window]:
    """Return the response window of each channel under the present hours and targets."""
    packed = _packed(hours(turn))
    return {channel: _window(target, packed) for channel, target in targets(turn).items()}


def opening(turn: Turn) -> Calendar:
    """Return the opening hours as a calendar, whatever calendar the targets count in."""
    return _window(Target(limit_minutes=0, kind=CalendarKind.OEFFNUNG), _packed(hours(turn))).calendar


def _packed(current: Hours) -> bytes:
    return msgspec.json.encode(
        {
            "week": current.week,
            "land": current.land,
            "overrides": current.overrides,
            "timezone": current.timezone,
        },
        order="sorted",
    )


def kpi_targets(turn: Turn) -> dict[str, float | None]:
    """Return the target of every figure (counts, percent, minutes): the firm's own, else the catalogue's, else None.

    The reaction time has none of its own: figures measure it against the reply target of its channel.
    """
    stored = get(turn, KPI_TARGETS, {})
    return {figure.key: stored.get(figure.key, figure.target) for figure in kpi.EVERY}


def calendar_version(turn: Turn) -> int:
    """Return a number that rises whenever hours or targets change."""
    found = _newest(turn)
    return 1 + sum(found.get(name, (0, None))[0] for name in (HOURS, TARGETS))


def own_domains(turn: Turn) -> frozenset[str]:
    """Return the mail domains of the firm, in A-label form."""
    return frozenset(get(turn, OWN_DOMAINS, []))


def zone(turn: Turn) -> str:
    """Return the time zone of the firm (IANA name)."""
    return hours(turn).timezone
