"""Logs as JSON lines: ids, counts and codes, never addresses, names or what somebody wrote."""

import logging
import sys
from typing import Any

import structlog

# What may stand in a log line beside event, level and time; anything else is dropped, not masked.
_ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "code",
        "count",
        "new",
        "known",
        "damaged",
        "job",
        "job_id",
        "attempt",
        "account_id",
        "status",
        "method",
        "route",
        "error",
        "seconds",
        "where",
        "version",
        "port",
        "retry_after",
        "rows",
        "state",
    }
)


def _only_allowed(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: value for name, value in event.items() if name in _ALLOWED}


def start(level: str) -> None:
    """Set up logging of this process; libraries speak only from WARNING up, because at DEBUG they print bodies."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Looked up with every line: whoever takes over stderr later (a test, a supervisor) gets the lines.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("httpx", "httpcore", "msal", "urllib3", "kiota_http", "sqlalchemy", "azure", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log() -> Any:
    """Return the logger of this process."""
    return structlog.get_logger()


def where(error: BaseException) -> str:
    """Return module and line of the innermost frame of an error: enough to find a bug, without any value."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
