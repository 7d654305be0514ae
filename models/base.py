"""The base of all tables: constraint names, the UTC instant, the 16-byte message id."""

import enum
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Dialect, Enum, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, stored as whole microseconds since 1970 on both databases; refuses naive times.

    One integer compares exactly, needs no driver conversion, and sorts the same everywhere.
    """

    impl = BigInteger
    cache_ok = True

    @staticmethod
    def stored(value: datetime | None) -> int | None:
        """Return an aware instant as microseconds; raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    @staticmethod
    def read(value: int | None) -> datetime | None:
        """Return microseconds as an aware instant in UTC."""
        # Faster than timedelta(microseconds=value): mailboxes are read back by the thousand.
        return None if value is None else _EPOCH + value * _MICROSECOND

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware instant into microseconds; raises ValueError for a naive one."""
        return self.stored(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Turn microseconds back into an aware instant in UTC."""
        return self.read(value)


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations and error texts can rely on them.

    Terms are stored by their German value as plain text, so a new category needs no migration.
    """

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger().with_variant(Integer, "sqlite"),
        datetime: Instant,
        enum.Enum: Enum(enum.Enum, native_enum=False, create_constraint=False, length=40, values_callable=_values),
    }

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
