"""`postlotse backtest`: fresh invented firms in which something changes, nine of ten answers by the forecast in each."""

from pathlib import Path
from secrets import randbelow

import pytest
from click.testing import CliRunner

from service.commands import backtest
from service.commands import backtest_regimes as regimes
from service.domain.backtest import Kept, Score


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize("name", regimes.REGIMES)
def test_in_every_situation_85_to_95_of_100_answers_come_by_the_forecast(name: str) -> None:
    """About 4,000 answers of five firms each: the share varies by one point from draw to draw, the borders lie further."""
    seeds = tuple(randbelow(2**31) for _ in range(5))
    print(f"{name}: Lose {seeds}")

    score = backtest.scored(regimes.REGIMES[name], seeds)

    print(backtest.line(score))
    assert score.all.turns > 2500
    assert score.goals == 0
    assert backtest.LOWEST <= score.all.share <= backtest.HIGHEST


@pytest.mark.parametrize("name", ["krank", "kampagne"])
def test_the_worst_weeks_are_called_unsure(name: str) -> None:
    score = backtest.scored(regimes.REGIMES[name], (20261122,))

    assert score.unsure.turns > 0.2 * score.all.turns


def test_the_command_prints_situations_seeds_and_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regimes, "REGIMES", {"langsam": regimes.REGIMES["langsam"]})
    monkeypatch.setattr(regimes, "LIMITS", {})

    told = CliRunner().invoke(backtest.command, ["--seed", "5", "--runs", "1"])

    assert told.exit_code == 0, told.output
    assert "Ein Postfach wird" in told.output
    assert "Lose 5" in told.output
    assert "--seed 5" in told.output


def test_a_situation_outside_the_promise_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "scored", lambda _regime, _seeds: Score(Kept(100, 40, 70), Kept(), 0))

    told = CliRunner().invoke(backtest.command, ["--seed", "5", "--runs", "1"])

    assert told.exit_code == 1
    assert "✗" in told.output


def test_the_own_history_is_looked_back_on_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))

    told = CliRunner().invoke(backtest.command, ["--own"])

    assert told.exit_code == 0, told.output
    assert told.output.count("noch keine Antworten") == 2
