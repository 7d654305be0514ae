"""What lives as long as the process, and how an edge opens a turn."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Source
from service.clock import Clock
from service.config import Config
from service.store.engine import Database
from service.turn import NOBODY, Actor, Turn


@dataclass(frozen=True)
class Runtime:
    """Configuration, clock, database and doors of one process; read-only after start."""

    config: Config
    clock: Clock
    database: Database
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def model_path(self) -> Path:
        """Where the learned fallback lies (connectors never see it, the classifier reads it)."""
        return self.config.data_dir / "model.npz"

    @contextmanager
    def turn(self, actor: Actor = NOBODY) -> Iterator[Turn]:
        """Open one writing transaction with one instant; commits at the end, rolls back on any error."""
        with self.database.write() as session:
            yield Turn(session, self.clock.now(), actor)

    @contextmanager
    def look(self, actor: Actor = NOBODY) -> Iterator[Turn]:
        """Open one reading transaction: a consistent picture that never waits for writers and never commits."""
        with self.database.read() as session:
            yield Turn(session, self.clock.now(), actor)
