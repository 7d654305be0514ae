"""Which mails the model gets wrong on senders it never saw, what they cost, and what that says of other domains.

`python -m tests.bench.errors [SALTS]` judges the collected mails as `tests.bench.folds` does (some four minutes a
letter) and prints, for each way of dealing: macro-F1 if all mails of a kind were right, and if the worst domains were;
then what c and d find of the silent newsletters by kind. Last, what the shipped way would have on a set of domains as
kind as the one from which the floors were taken: c and d have published figures there, ours stand to theirs as they do
here when so many domains are drawn again and again (least squares on the figures of both, `_DRAWS` times).
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import mean

import numpy as np

from classifier import evaluate
from classifier.evaluate import Outcome
from classifier.flags import posted
from classifier.learned import Likeness
from tests.bench.folds import Mail, figures, judged, mails, plain_c, plain_d, shipped_way

Told = Sequence[tuple[Mail, Outcome]]

_DRAWS = 300
_WORST = (1, 3, 5, 10)
# What c and d had on the set of the floors (1,550 mails of 652 domains): macro-F1, silent newsletters found.
_PUBLISHED = {"c": (0.966, 0.815), "d": (0.968, 0.885)}
_DOMAINS = 652
_NAMES = ("macro-F1", "without list header")
# Of normally distributed errors 95 % lie within.
_WIDE = 1.96


def kind(mail: Mail) -> str:
    """Return what kind of mail it is: by class, and by who said so or which way it took."""
    if mail.example.label == Likeness.NEWSLETTER:
        return f"newsletter, label by {mail.source}"
    return "advertising through a mailing list" if posted(mail.example.record) else "advertising, direct"


def righted(told: Told, chosen: Callable[[Mail], bool]) -> float:
    """Return macro-F1 if all chosen mails were right."""
    return evaluate.macro_f1([_right(o) if chosen(mail) else o for mail, o in told])


def _right(outcome: Outcome) -> Outcome:
    return Outcome(outcome.truth, outcome.truth, outcome.confidence, "", given=True)


def show(told: Told) -> None:
    """Print kinds and worst domains."""
    wrong = Counter(mail.example.group for mail, o in told if not o.right)
    print(f"  {wrong.total()} wrong, of {len(wrong)} domains, {sum(n == 1 for n in wrong.values())} of these with one")
    for name in sorted({kind(mail) for mail, _ in told}):
        part = [(mail, o) for mail, o in told if kind(mail) == name]
        domains, missed = len({mail.example.group for mail, _ in part}), sum(not o.right for _, o in part)
        better = righted(told, lambda mail, name=name: kind(mail) == name)
        print(f"  {name}: {len(part)} mails, {domains} domains, {missed} wrong; macro-F1 if all right {better:.3f}")
    for count in _WORST:
        worst = {group for group, _ in wrong.most_common(count)}
        better = righted(told, lambda mail, worst=worst: mail.example.group in worst)
        print(f"  the {count} worst domains right: {better:.3f}", flush=True)


def found(told: Told) -> str:
    """Return which share of the silent newsletters is found, by kind."""
    silent = [(mail.source, o.right) for mail, o in told if o.truth == Likeness.NEWSLETTER and not mail.listed]
    shares = {source: mean(right for other, right in silent if other == source) for source in {s for s, _ in silent}}
    return ", ".join(f"{source} {share:.2f}" for source, share in sorted(shares.items()))


def expected(answers: dict[str, Told]) -> list[tuple[float, float]]:
    """Return, for macro-F1 and the silent newsletters, the shipped way's likely figure where c and d have theirs, and
    how far it may be off (95 %).
    """
    members: dict[str, list[int]] = {}
    for at, (mail, _) in enumerate(answers["shipped way"]):
        members.setdefault(mail.example.group, []).append(at)
    groups, dice = list(members.values()), np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS):
        places = [at for place in dice.integers(0, len(groups), _DOMAINS) for at in groups[place]]
        drawn.append([figures([told[at] for at in places])[:2] for told in answers.values()])
    table = np.array(drawn)
    names = list(answers)
    return [_at(table[:, :, at], names, [_PUBLISHED[name][at] for name in "cd"]) for at in range(len(_NAMES))]


def _at(table: np.ndarray, names: list[str], published: list[float]) -> tuple[float, float]:
    ours, theirs = table[:, names.index("shipped way")], table[:, [names.index(name) for name in "cd"]]
    rows = np.c_[np.ones(len(ours)), theirs]
    weights = np.linalg.lstsq(rows, ours)[0]
    return float(weights @ [1.0, *published]), _WIDE * float((ours - rows @ weights).std())


if __name__ == "__main__":
    collected = mails()
    for salt in sys.argv[1] if len(sys.argv) > 1 else "ABC":
        ways = (("c", plain_c), ("d", plain_d), ("shipped way", shipped_way))
        answers = {name: judged(collected, way, salt) for name, way in ways}
        print(f"dealt {salt}: macro-F1 {figures(answers['shipped way'])[0]:.3f}")
        show(answers["shipped way"])
        for name, told in answers.items():
            print(f"  silent newsletters found by {name}: {found(told)}")
        for name, (likely, off) in zip(_NAMES, expected(answers), strict=True):
            print(f"  {name} where c and d have their published figures: {likely:.3f} ± {off:.3f}", flush=True)
