"""Whether the SQLite file in use is still the one at its path: what is written into a deleted file is lost."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from service.errors import Replaced
from service.telemetry import log

_GONE = (
    "Die Datenbankdatei wurde unter dem laufenden Dienst {how}. Es wird nichts mehr gespeichert. Postlotse anhalten, "
    "die richtige Datei an ihren Platz legen oder eine Sicherung zurückspielen, dann neu starten."
)


class Identity:
    """The file at a path as the first connection found it: device and inode, which a copy under its name has not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] | None = None
        self._told = False

    def learn(self, *_of_the_event: Any) -> None:
        """Keep which file it is, once the first connection has made or opened it."""
        self._known = self._known or self._found()

    def check(self, *_of_the_event: Any) -> None:
        """Raise Replaced where another file lies at the path, or none; one that is put back is good again at once.

        Costs one question to the system (some microseconds), so it is asked before every transaction.
        """
        if self._known is None:
            return
        found = self._found()
        if found == self._known:
            self._told = False
            return
        if not self._told:
            self._told = True
            log().error("Datenbankdatei fehlt oder ist eine andere", code=Replaced.code)
        raise Replaced(_GONE.format(how="durch eine andere ersetzt" if found else "gelöscht oder verschoben"))

    def forget(self, *_of_the_event: Any) -> None:
        """Take whatever lies there next: all connections are closed."""
        self._known = None

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def watch(engine: Engine) -> Identity:
    """Have every connection of an engine look first; returns what looks, for those who keep a connection.

    On PostgreSQL, and for a database in memory, there is nothing to look at.
    """
    name = engine.url.database or ""
    looked = Identity(Path(name))
    if engine.dialect.name == "sqlite" and name and not name.startswith((":", "file:")):
        # Before connecting: SQLite would make a new, empty file in the place of a deleted one.
        event.listen(engine, "do_connect", looked.check)
        event.listen(engine, "connect", looked.learn)
        event.listen(engine, "checkout", looked.check)
        event.listen(engine, "engine_disposed", looked.forget)
    return looked
