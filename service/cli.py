"""The command `postlotse`: one file per command in service/commands, loaded only when it is called."""

import sys
from importlib import import_module

import click

from models.errors import PostlotseError

# Command name -> module in service/commands that holds a click command named `command`, and one line of help.
COMMANDS = {
    "demo": ("demo", "Startet Postlotse mit einer erfundenen Firma, alles auf diesem Rechner."),
    "serve": ("serve", "Startet Seiten, Schnittstellen und (ohne PostgreSQL) die Hintergrundarbeit."),
    "work": ("work", "Startet nur die Hintergrundarbeit (neben `serve`, auf PostgreSQL)."),
    "mailboxes": ("mailboxes", "Zeigt, wie weit jedes Postfach gelesen ist; mit --read liest es sofort weiter."),
    "import": ("import_", "Liest echte Post ohne Microsoft 365: mbox, Maildir, .eml, JSON-Zeilen."),
    "classify": ("classify", "Schlägt für JSON-Zeilen Klassen vor."),
    "evaluate": ("evaluate", "Misst die Vorschläge an bekannten Klassen."),
    "train": ("train", "Lernt ein Modell aus JSON-Zeilen, deren Klasse bekannt ist."),
    "backtest": ("backtest", "Prüft die Wartezeit-Prognose an erfundenen Firmen oder der eigenen Vergangenheit."),
    "inspect": ("inspect_", "Zeigt, was von aufgezeichneten Antworten behalten wird; mehr gibt es nicht."),
    "doctor": ("doctor", "Prüft Einrichtung, Datenbank, Uhr und Anschlüsse und sagt, was zu tun ist."),
    "auskunft": ("auskunft", "Schreibt alles auf, was zu einer Adresse oder Nummer gespeichert ist (Art. 15 DSGVO)."),
    "login-link": ("login_link", "Druckt einen einmaligen Anmeldelink für diesen Rechner."),
    "member": ("member", "Mitglieder und Teams: einladen, Rollen, Postfächer, Arbeitszeit, deaktivieren."),
    "absence": ("absence", "Abwesenheiten und Vertretung: anzeigen, eintragen, beenden, festlegen."),
    "setup": ("setup", "Führt durch Einrichtungen außerhalb von Postlotse, etwa die Anmeldung, und prüft sie."),
    "token": ("token", "Legt ein Dienst-Token für die Schnittstelle an oder sperrt es."),
    "backup": ("backup", "Sichert die Datenbank im laufenden Betrieb."),
    "restore": ("restore", "Spielt eine Sicherung zurück."),
    "upgrade": ("upgrade", "Bringt die Datenbank auf den Stand dieses Programms."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"service.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Befehle"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=_Lazy, help="Postlotse: wer schrieb, was ist der Absender, wer wartet noch auf Antwort.")
def group() -> None:
    """Hold the commands together."""


def main() -> int:
    """Run a command; errors that the house expects become one German sentence with a code, exit code 1."""
    try:
        group(prog_name="postlotse")
    except PostlotseError as error:
        click.echo(f"{error} [{error.code}]", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
