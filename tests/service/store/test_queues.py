"""What waits, as the figures read it: counts, the oldest, and percentiles that count what still waits."""

import random
from datetime import datetime, timedelta

import pytest

from models.terms import Channel
from service.domain import kpi
from service.domain.curve import Curve
from service.store import queues
from service.store.scope import Scope, frame
from tests.service.store.firm import NOW, WINDOWS, Firm


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def _curve(minutes: list[int]) -> Curve:
    numbers = sorted({kpi.bucket(60 * one) for one in minutes})
    return Curve(numbers, [sum(kpi.bucket(60 * one) <= number for one in minutes) for number in numbers])


def _age(channel: Channel, since: datetime) -> int:
    """What waits is as old as the beginning of its quarter of an hour says."""
    start = since - timedelta(minutes=since.minute % 15, seconds=since.second, microseconds=since.microsecond)
    return kpi.bucket(int(WINDOWS[channel].calendar.elapsed(start, NOW).total_seconds()))


def _nearest_rank(buckets: list[int], percent: int) -> int | None:
    ordered = sorted(buckets)
    return kpi.bucket_minutes(ordered[max(1, -(-len(ordered) * percent // 100)) - 1]) if ordered else None


@pytest.mark.unmeasured
def test_a_percentile_with_what_waits_is_the_nearest_rank_of_answers_and_ages(firm):
    rng = random.Random(20261120)

    for _ in range(40):
        with firm.turn() as turn:
            channel = rng.choice(list(Channel))
            box = firm.account(turn, channel)
            longest = rng.choice([40, 3_000, 60_000])
            waiting = [NOW - timedelta(minutes=rng.randrange(-20, longest)) for _ in range(rng.randrange(0, 25))]
            for since in waiting:
                firm.conversation(turn, box, since)
            answered = [rng.randrange(longest) for _ in range(rng.choice([0, 3, 200]))]
            percent = rng.choice([0, 50, 90, 100])
            at = frame(turn, Scope((box,)))

            found = queues.percentile_with_open(
                at, channel, _curve(answered), percent, queues.board(at).queues[channel]
            )

            ages = [_age(channel, min(since, NOW)) for since in waiting]
            assert found == _nearest_rank([kpi.bucket(60 * one) for one in answered] + ages, percent)


def test_the_board_counts_what_waits_what_is_late_and_what_is_old(firm):
    with firm.turn() as turn:
        mail, chat = firm.account(turn), firm.account(turn, Channel.WHATSAPP)
        for days in (0.1, 3, 8, 9):
            firm.conversation(turn, mail, NOW - timedelta(days=days))
        firm.conversation(turn, chat, NOW - timedelta(days=10))

        board = queues.board(frame(turn))

        oldest = NOW - timedelta(days=9), NOW - timedelta(days=10)
        assert board.queues[Channel.EMAIL] == queues.Queue(4, oldest[0], 3)
        assert board.queues[Channel.WHATSAPP] == queues.Queue(1, oldest[1], 1)
        assert (board.old, board.oldest_old) == (3, oldest[1])


def test_a_board_of_nothing_is_empty(firm):
    with firm.turn() as turn:
        board = queues.board(frame(turn))

        assert board == queues.Board({one: queues.Queue() for one in Channel}, 0, None)
