"""`postlotse import`: read real mail without Microsoft 365, page by page; reading it again changes nothing."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from classifier import artifact
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from connectors.archive.files import ArchiveSource
from connectors.archive.headers import Own
from connectors.base import Damage, Page
from models.address import clean_address, domain_form
from models.record import MessageRecord
from models.terms import Channel
from service import config as configuration
from service import runtime as running
from service.actions import configure, intake
from service.commands import import_master
from service.config import Config, names
from service.errors import Rejected
from service.runtime import Runtime
from service.store import accounts, keys, settings
from service.store.accounts import Facts

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What to read, into which account, which domains are ours, and under which names our boundary writes results."""

    paths: tuple[Path, ...]
    account: str = "Archiv"
    own_domains: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """What an import brought. `known` were stored already or stand in the files several times."""

    new: int = 0
    known: int = 0
    drafts: int = 0
    own_domains: tuple[str, ...] = ()
    damaged: list[Damage] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many items were found, damaged ones included."""
        return self.new + self.known + self.drafts + len(self.damaged)


class _Kinds(click.Group):
    """What can be imported. Without a kind it is mail, as `postlotse import PFAD...` always was."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["post", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Kinds, help="Liest Post aus Dateien (`import PFAD...`) oder Stammdaten aus Listen (`import master DATEI`)."
)
def command() -> None:
    """Hold the kinds of import together."""


command.add_command(import_master.command, "master")


@command.command("post", help="Liest echte Post ohne Microsoft 365: mbox, Maildir, .eml, Ordner davon, JSON-Zeilen.")
@click.argument("paths", metavar="PFAD...", nargs=-1, required=True, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--account", default="Archiv", show_default=True, help="Postfach, zu dem die Post gehört (Adresse, Name)."
)
@click.option("--own-domain", "own_domains", multiple=True, help="Eigene Maildomain; mehrfach möglich.")
@click.option("--boundary", "names_of", multiple=True, help="Name Ihres Mailservers in Authentication-Results.")
def post(paths: tuple[Path, ...], account: str, own_domains: tuple[str, ...], names_of: tuple[str, ...]) -> None:
    """Read the files, show how far it is, and say at the end what came in and what to do next."""
    config = configuration.load()
    order = Order(paths, account.strip() or "Archiv", tuple(filter(None, map(_domain, own_domains))))
    order = replace(order, boundaries=tuple(filter(None, map(_domain, names_of))))
    try:
        summary = _read(config, order)
    except KeyboardInterrupt:
        click.echo("Abgebrochen. Was gelesen ist, bleibt gespeichert; derselbe Befehl liest den Rest.", err=True)
        raise SystemExit(130) from None
    for line in tell(summary, config):
        click.echo(line)
    if summary.damaged and summary.read == len(summary.damaged):
        raise SystemExit(1)


def _read(config: Config, order: Order) -> Summary:
    runtime = running.start(_with(config, order.own_domains))
    try:
        return _shown(runtime, order)
    finally:
        runtime.database.dispose()


def run(runtime: Runtime, order: Order, progress: Progress | None = None) -> Summary:
    """Read everything of an order into the database, 500 mails a transaction. Raises Unavailable."""
    with runtime.turn() as turn:
        ours = tuple(sorted(settings.own_domains(turn) | set(order.own_domains)))
        configure.own_domains(turn, ours)
        address = clean_address(order.account) or order.account
        account_id = accounts.ensure(turn, Channel.EMAIL, address, Facts(name=order.account)).id
    source = ArchiveSource(order.paths, Own(frozenset(ours), frozenset({address}), frozenset(order.boundaries)))
    (folder,) = source.folders(address)
    model = _model(runtime)
    task = progress.add_task("Post wird gelesen", total=None) if progress else None
    summary = Summary(own_domains=ours)
    for page in source.pages(address, folder, ""):
        _take(runtime, page, (account_id, model), summary)
        if progress and task is not None:
            progress.update(task, completed=source.progress.done, total=source.progress.total)
    summary.damaged += source.progress.damaged
    return summary


def tell(summary: Summary, config: Config) -> list[str]:
    """Return the closing lines: counts, damaged items by position, and the next step."""
    lines = [f"Neu: {summary.new}   schon bekannt: {summary.known}   beschädigt: {len(summary.damaged)}"]
    if summary.drafts:
        lines.append(f"Entwürfe sind keine Post und blieben draußen: {summary.drafts}")
    lines += [f"  {_printable(item.position)}: {item.why}" for item in summary.damaged[:_SHOWN]]
    if len(summary.damaged) > _SHOWN:
        rest = len(summary.damaged) - _SHOWN
        lines.append(f"  … und {rest} weitere, alle in {_listed(summary, config)}. Alles andere wurde gelesen.")
    if not summary.own_domains:
        lines.append(
            "Ohne eigene Maildomain gilt jede Mail als Eingang. Mit --own-domain firma.de noch einmal in ein anderes "
            "Postfach (--account) lesen, dann erkennt Postlotse Ihre Antworten."
        )
    if summary.new:
        lines.append("Weiter, in zwei Fenstern; die Post steht dann unter „Einordnen“ bereit:")
        lines += [f"  {configuration.call('serve')}", f"  {configuration.call('login-link')}"]
    elif summary.known:
        lines.append("Es ist nichts hinzugekommen; alles war schon gelesen.")
    elif not summary.read:
        lines.append("Unter diesen Pfaden liegt keine Post.")
    return lines


def _listed(summary: Summary, config: Config) -> Path:
    """Write the position of every damaged item of this run to a file that only its owner can read; return the file."""
    path = config.data_dir / "import-beschaedigt.txt"
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    lines = (f"{_printable(item.position)}: {item.why}\n" for item in summary.damaged)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _printable(position: str) -> str:
    """Return a position for one line of a terminal: file names may hold escape codes, line ends and stray bytes."""
    return "".join(letter if letter.isprintable() else "?" for letter in position)


def _domain(text: str) -> str:
    # People type "@firma.de" or a whole address where a domain is asked for.
    return domain_form(text.rpartition("@")[2])


def _with(config: Config, own: tuple[str, ...]) -> Config:
    # The configuration is written over the setting at every start: both have to say the same.
    if not config.own_domains or not own:
        return config
    return config.model_copy(update={"own_domains": ",".join(dict.fromkeys((*names(config.own_domains), *own)))})


def _shown(runtime: Runtime, order: Order) -> Summary:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        return run(runtime, order, progress)


def _take(runtime: Runtime, page: Page, whereto: tuple[int, Learned | None], summary: Summary) -> None:
    posts = tuple(record for record in page.records if not record.is_draft)
    summary.drafts += len(page.records) - len(posts)
    try:
        _store(runtime, posts, whereto, summary)
    except Rejected:
        # One value that the database refuses must not cost the other 499 mails.
        for record in posts:
            try:
                _store(runtime, (record,), whereto, summary)
            except Rejected:
                summary.damaged.append(Damage(f"Mail {record.source_id[:12]}", "von der Datenbank abgewiesen"))


def _store(
    runtime: Runtime, posts: tuple[MessageRecord, ...], whereto: tuple[int, Learned | None], summary: Summary
) -> None:
    account_id, model = whereto
    with runtime.turn() as turn:
        taken = intake.take_in(turn, posts, account_id, intake.Judge(keys.book(turn), model))
    summary.new += taken.new
    summary.known += len(posts) - taken.new


def _model(runtime: Runtime) -> Learned | None:
    try:
        return artifact.in_force(runtime.model_path)
    except ArtifactUnusable:
        click.echo(
            f"Ohne gelerntes Modell: nur die Regeln schlagen vor. Mehr sagt: {configuration.call('doctor')}", err=True
        )
        return None
