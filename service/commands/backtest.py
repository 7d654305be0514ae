"""`postlotse backtest`: how well forecasts would have held, in invented firms that change, and in one's own history."""

from datetime import timedelta
from secrets import randbelow

import click

from models.terms import Channel
from service import config as configuration
from service import runtime as running
from service.commands import backtest_regimes as regimes
from service.commands.backtest_regimes import Regime
from service.config import call
from service.domain import backtest
from service.domain.backtest import Score
from service.store import forecast

# What is promised: by the mark of nine in ten, this share of turns has ended.
LOWEST, HIGHEST = 0.85, 0.95
_RUNS = 3
_LEARNING = timedelta(weeks=4)


@click.command(help="Prüft die Wartezeit-Prognose: erfundene Firmen, in denen sich etwas ändert, oder die eigene.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Dieselben Firmen noch einmal; sonst neu gelost.")
@click.option("--runs", type=click.IntRange(1, 50), default=_RUNS, show_default=True, help="Firmen je Lage.")
@click.option("--own", "--eigene", "own", is_flag=True, help="Die eigene Vergangenheit statt erfundener Firmen.")
def command(seed: int | None, runs: int, own: bool) -> None:
    """Print the share of turns that ended by the forecast; exit code 1 when a situation is outside 85 to 95 %."""
    click.echo("Anteil der Antworten, die bis zur Prognose „9 von 10“ kamen (zugesagt: 85 bis 95 %)\n")
    if own:
        _own()
        return
    drawn = randbelow(2**31) if seed is None else seed
    kept = [_shown(regime, drawn, runs, number) for number, regime in enumerate(regimes.REGIMES.values())]
    click.echo("\nNicht zugesagt:")
    for number, regime in enumerate(regimes.LIMITS.values(), start=len(kept)):
        _shown(regime, drawn, runs, number)
    click.echo(f"\nNoch einmal genau so: {call('backtest')} --seed {drawn} --runs {runs}")
    if not all(kept):
        raise SystemExit(1)


def seeds(drawn: int, runs: int, number: int) -> tuple[int, ...]:
    """Return the seeds of the firms of the situation with this number."""
    return tuple((drawn + 1000 * number + run) % 2**31 for run in range(runs))


def scored(regime: Regime, chosen: tuple[int, ...]) -> Score:
    """Return the score of a situation over all its firms, from the day of the change on."""
    begin, until = regimes.BEGIN + regimes.CHANGE, regimes.BEGIN + regimes.END
    whole = Score.nothing()
    for seed in chosen:
        whole += backtest.run(regimes.waits(regime, seed), regimes.calendar(regime), begin, until)
    return whole


def _shown(regime: Regime, drawn: int, runs: int, number: int) -> bool:
    chosen = seeds(drawn, runs, number)
    score = scored(regime, chosen)
    is_kept = LOWEST <= score.all.share <= HIGHEST
    click.echo(f"{'✓' if is_kept else '✗'} {line(score)}  {regime.title}")
    click.echo(f"  Lose {', '.join(str(seed) for seed in chosen)}")
    return is_kept


def line(score: Score) -> str:
    """Return the figures of a score on one line."""
    unsure = score.unsure.turns / score.all.turns if score.all.turns else 0.0
    return (
        f"{score.all.share:6.1%} von {score.all.turns} Antworten, bis „wahrscheinlich“ {score.all.half_share:.0%}, "
        f"„unsicher“ gesagt {unsure:.0%}"
    ).replace(".", ",")


def _own() -> None:
    runtime = running.start(configuration.load())
    with runtime.look() as turn:
        for channel in Channel:
            waits, calendar, first = forecast.history(turn, channel)
            if first is None:
                click.echo(f"{channel.value}: noch keine Antworten.")
                continue
            score = backtest.run(waits, calendar, min(first + _LEARNING, turn.now), turn.now)
            if score.all.turns:
                click.echo(f"{channel.value}: {line(score)}")
            else:
                click.echo(f"{channel.value}: zu wenig Antworten, deshalb nennt die Prognose das Ziel.")
