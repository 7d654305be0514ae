"""What the judgement costs, how far it gets from a cold start, and how many key presses it asks for."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from statistics import mean, median
from string import ascii_lowercase
from typing import Any

from classifier import artifact
from classifier.asking import Question, order
from classifier.book import EMPTY, AddressBook, Known, is_free_mail
from classifier.classify import classify, judge_all
from classifier.deception import deceives
from classifier.evaluate import Outcome, macro_f1
from classifier.learned import Learned
from classifier.lookalike import index
from classifier.report import PARTNER, line
from connectors.archive.lines import record
from models.address import registrable
from models.record import HeaderFlags, MessageRecord
from models.terms import Category
from tests.bench.figures import Figure
from tests.factories import mail

DATA = Path(__file__).parents[3] / "shared" / "data"
_FLAGS = HeaderFlags(list_id="news.muster.de", list_unsubscribe=True, content_type="text/html", auth_dmarc="pass")


def _strangers(start: int, count: int) -> list[MessageRecord]:
    """Return mails of senders that nobody saw before, with headers as mass mail and persons have them."""
    kinds = (_FLAGS, HeaderFlags(in_reply_to=True, mailer="Outlook"), None, replace(_FLAGS, list_id="", mailer="PHP"))
    names = _names(start, count)
    return [mail(f"info@{name}", sender_name="Muster GmbH", flags=kinds[at % 4]) for at, name in enumerate(names)]


def _names(seed: int, count: int) -> list[str]:
    """Return invented domains of 6 to 14 letters, different for every seed."""
    dice = Random(seed)
    sizes = (dice.randint(6, 14) for _ in range(count))
    return ["".join(dice.choices(ascii_lowercase, k=size)) + dice.choice((".de", ".com", ".eu")) for size in sizes]


def _cost(run: Callable[[MessageRecord], object], rounds: Sequence[list[MessageRecord]]) -> tuple[float, float]:
    """Return least and median CPU microseconds per mail over the rounds; the least is what others' load spared."""
    told = []
    for records in rounds:
        start = time.process_time()
        for each in records:
            run(each)
        told.append((time.process_time() - start) / len(records) * 1e6)
    return min(told), median(told)


def _book(count: int) -> AddressBook:
    known = {name: Known(Category.KUNDE, 1, 0, None) for name in _names(0, count)}
    return replace(EMPTY, confirmed_domains=known)


def cost() -> Iterator[Figure]:
    """Measure one process: a mail at first sight, seen before, 1,000 in a row, the model file, a big address book."""
    start = time.process_time()
    model = artifact.shipped()
    yield Figure("load the model", (time.process_time() - start) * 1e3, "ms", 20)
    yield Figure("model file", artifact.SHIPPED.stat().st_size / 1e6, "MB", 1)
    for known in (10, 100_000):
        book = _book(known)
        start = time.process_time()
        book.parties.find("fremd.de")
        yield Figure(f"index of {known:,} known domains", time.process_time() - start, "s")
        rounds = [_strangers(known + 1 + at, 100) for at in range(20)]
        least, middle = _cost(lambda each, book=book: classify(each, book, model), rounds)
        yield Figure(f"first sight, {known:,} domains known", least, "us", 200, f"median {middle:.0f}")
        least, middle = _cost(lambda each, book=book: classify(each, book, model), [rounds[0]] * 5)
        yield Figure(f"seen before, {known:,} domains known", least, "us", 100, f"median {middle:.0f}")
    real = list(_lines("mail/messages.jsonl.gz", 3_000))
    if real:
        batches = [real[at : at + 1_000] for at in (0, 1_000, 2_000)]
        told = []
        for batch in batches:
            start = time.process_time()
            judge_all(batch, EMPTY, model)
            told.append((time.process_time() - start) / len(batch) * 1e6)
        yield Figure("collected mails, 1,000 at once", min(told), "us", 100, f"median {median(told):.0f}")


def _rows(name: str) -> Iterator[dict[str, Any]]:
    path = DATA / name
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def _lines(name: str, most: int) -> Iterator[MessageRecord]:
    for at, row in zip(range(most), _rows(name), strict=False):
        yield record(row, "bench", str(at))


def names() -> Iterator[Figure]:
    """Measure names that deceive and names that imitate, on collected cases."""
    spoofs = [(str(row["input"]), row["expect"]["verdict"]) for row in _rows("hostile/idn_spoof.jsonl")]
    for verdict, floor in (("unsafe", 0.95), ("safe", 0.0)):
        found = [bool(deceives(name)) for name, said in spoofs if said == verdict]
        yield Figure(f"{verdict} names flagged, of {len(found)}", mean(found or [0]), "", floor)
    known = index(frozenset({"gmail.com", "hotmail.com", "yahoo.com"}))
    pairs = [str(row["input"]).split(",") for row in _rows("hostile/domain_typos.jsonl")]
    meant = [known.find(pair[0]) == pair[1] for pair in pairs if len(pair) == 2]
    yield Figure(f"typing errors found, of {len(meant)}", mean(meant or [0]), "", 0.95)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail of the Enron set: its day (counted from the first), who wrote, the true class."""

    day: int
    sender: str
    label: str


def _arrivals() -> list[Arrival]:
    """Return mails of outside senders whose class is known, by day; within a day by address."""
    found = []
    for row in _rows("mail/enron_senders.jsonl.gz"):
        if row["label"]:
            days: dict[str, int] = row["days"]
            for day, count in days.items():
                found += [Arrival(int(day), str(row["from_addr"]), str(row["label"]))] * int(count)
    return sorted(found, key=lambda each: (each.day, each.sender))


def _key(sender: str) -> str:
    domain = registrable(sender)
    return sender if is_free_mail(domain) or not domain else domain


@lru_cache(maxsize=1)
def _letters() -> dict[str, int]:
    """Return how often the staff wrote to each sender and domain, over the whole time: the set has no days of them."""
    counts: dict[str, int] = {}
    for row in _rows("mail/enron_senders.jsonl.gz"):
        counts[str(row["from_addr"])] = int(row["n_out_addr"])
        counts[registrable(str(row["from_addr"]))] = int(row["n_out_domain"])
    return counts


def _taught(keys: dict[str, str]) -> AddressBook:
    tables: tuple[dict[str, Known], dict[str, Known]] = ({}, {})
    for key, label in keys.items():
        tables["@" in key][key] = Known(Category(label), 1, 0, None)
    return replace(EMPTY, confirmed_domains=tables[0], confirmed_addresses=tables[1], written_to=_letters())


def _outcome(each: Arrival, book: AddressBook, model: Learned, partners_apart: bool) -> Outcome:
    told = line(mail(each.sender, sender_name="", flags=None), book, model)
    best = told.best or "keine"
    if best == PARTNER and not partners_apart and each.label in (Category.KUNDE, Category.LIEFERANT):
        best = each.label
    return Outcome(each.label, best, told.confidence, told.step, told.category is not None)


def cold_start() -> Iterator[Figure]:
    """Confirm the first senders in order of arrival, then judge the next 2,000 mails; mean of three starts.

    A start counts where that many senders, and 200 mails behind them, are left: 180 is what the first alone has.
    """
    arrivals, model = _arrivals(), artifact.shipped()
    senders = len({_key(each.sender) for each in arrivals})
    for count in (0, 10, 50, 100, 150, 180, 200) if arrivals else ():
        strict, lenient, left = [], [], 0
        for start in (0, len(arrivals) // 6, len(arrivals) // 3):
            keys: dict[str, str] = {}
            at = start
            while at < len(arrivals) and len(keys) < count:
                keys.setdefault(_key(arrivals[at].sender), arrivals[at].label)
                at += 1
            following = arrivals[at : at + 2_000]
            book = _taught(keys)
            if len(keys) == count and len(following) >= 200:
                left += 1
                strict.append(macro_f1([_outcome(each, book, model, partners_apart=True) for each in following]))
                lenient.append(macro_f1([_outcome(each, book, model, partners_apart=False) for each in following]))
        if left:
            remark = f"{min(strict):.2f} to {max(strict):.2f}; Geschäftspartner counted as right: {mean(lenient):.3f}"
            yield Figure(f"macro-F1 after {count} confirmations", mean(strict), "", 0.93 if count == 180 else 0, remark)
        else:
            yield Figure(f"{count} confirmations cannot be played: senders with class and days", senders, "")


def key_presses() -> Iterator[Figure]:
    """Play a year: each week people answer, weightiest sender first, until 95 % of its mails have a final class."""
    arrivals = _arrivals()
    keys: dict[str, str] = {}
    pressed: list[float] = []
    wrong = total = 0
    weeks = _weeks(arrivals)
    for week in weeks[:52]:
        waiting = Counter(_key(each.sender) for each in week if _key(each.sender) not in keys)
        truth = {_key(each.sender): each.label for each in week}
        done = len(week) - sum(waiting.values())
        presses = 0
        for question in order(Question(key, count, 0.0) for key, count in waiting.items()):
            if done >= 0.95 * len(week):
                break
            keys[question.key] = truth[question.key]
            done, presses = done + question.waiting, presses + 1
        wrong += sum(keys.get(_key(each.sender), each.label) != each.label for each in week)
        total += len(week)
        pressed.append(1_000 * presses / len(week))
    if len(pressed) > 4:
        yield Figure("key presses per 1,000 mails, weeks 2 to 52", mean(pressed[1:]), "", 40)
        yield Figure("the same, weeks 2 to 4", mean(pressed[1:4]), "")
        yield Figure("final classes that are right", 1 - wrong / max(1, total), "", 0.99)


def _weeks(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """Return 52 weeks of mail from the first day on which the set is dense (100 mails within the week)."""
    by_week: dict[int, list[Arrival]] = {}
    for each in arrivals:
        by_week.setdefault(each.day // 7, []).append(each)
    ordered = [by_week[week] for week in sorted(by_week)]
    dense = next((at for at, week in enumerate(ordered) if len(week) >= 100), 0)
    return ordered[dense:]


def measure() -> Iterator[Figure]:
    """Return all figures; those that need collected data are left out where it is missing."""
    yield from cost()
    yield from names()
    yield from cold_start()
    yield from key_presses()
