"""How the model does on senders it never saw: grouped folds over registrable domains, beside two plain models.

`python -m tests.bench.folds [MODEL [SALTS]]` fits the way the shipped model was fitted on four fifths of the collected
mails and judges the rest, five times with each of two ways of dealing domains to folds; temperature and thresholds come
from the four fifths, too. Beside it, on the same folds: c, logistic regression over hashed pieces of names and header
flags (C = 5), and d, histogram gradient boosting over the measures of sender and headers, both fitted on newsletters and
advertising alone, as the plain models were from which the floors were taken. With all three, it also prints how much
better the shipped way is on the same mails. Takes some minutes; `SALTS` (AB) are the ways of dealing, one letter each.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import mean

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifier import evaluate, training
from classifier.evaluate import Outcome
from classifier.features import TEXT_SIZE
from classifier.flags import WORDS, present
from classifier.intervals import intervals
from classifier.learned import Likeness
from classifier.measures import measures
from classifier.training import Example
from service.commands.classify import lines
from service.commands.train import examples
from tests.bench.classifier import DATA

_MESSAGES, _SENDERS = DATA / "mail" / "messages.jsonl.gz", DATA / "mail" / "enron_senders.jsonl.gz"
_FOLDS = 5
_DRAWS = 150
_PLAIN = (Likeness.NEWSLETTER, Likeness.WERBUNG)
# Plain models know neither pairs of flags nor how often the firm wrote.
_COLUMNS, _MEASURES = TEXT_SIZE + len(WORDS), -2

Way = Callable[[Sequence[Example], Sequence[Example]], list[tuple[Likeness, float]]]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the collections: what is learned from it, and where its label comes from ("hand", "list_header")."""

    example: Example
    source: str

    @property
    def listed(self) -> bool:
        """Whether its label stands in a list header."""
        return self.source == "list_header"

    @property
    def counts(self) -> bool:
        """Whether it is judged: newsletters and advertising with known headers."""
        return self.example.label in _PLAIN and self.example.record.flags is not None


def mails() -> list[Mail]:
    """Return the labelled mails, at most ten of each sender domain and class, in the order of the files."""
    headerless = ("corpus", "enron_raw")
    first, second = examples(str(_MESSAGES), headerless), examples(str(_SENDERS), headerless)
    told = [row["label_source"] for _, row in lines(str(_MESSAGES)) if row.get("label")]
    sources = {id(each): source for each, source in zip(first, told, strict=True)}
    return [Mail(each, sources.get(id(each), "")) for each in training.thinned([*first, *second])]


def fold(group: str, salt: str) -> int:
    """Return the fold of a sender domain."""
    return int(sha256(f"{salt}:{group}".encode()).hexdigest(), 16) % _FOLDS


def shipped_way(learn: Sequence[Example], check: Sequence[Example]) -> list[tuple[Likeness, float]]:
    """Fit as `postlotse train` does, on everything; one of four classes is the answer."""
    model = training.fit(learn, {})
    return [(guess.best, guess.confidence) for guess in model.judge_all([(e.record, e.letters) for e in check])]


def plain_c(learn: Sequence[Example], check: Sequence[Example]) -> list[tuple[Likeness, float]]:
    """Fit logistic regression over hashed pieces of names and header flags."""
    two = [each for each in learn if each.label in _PLAIN and each.record.flags is not None]
    model = LogisticRegression(C=5, max_iter=300)
    model.fit(training.matrix(two)[:, :_COLUMNS], [each.label.value for each in two])
    return _told(model.classes_, model.predict_proba(training.matrix(check)[:, :_COLUMNS]))


def plain_d(learn: Sequence[Example], check: Sequence[Example]) -> list[tuple[Likeness, float]]:
    """Fit histogram gradient boosting over the measures of sender and headers."""
    two = [each for each in learn if each.label in _PLAIN and each.record.flags is not None]
    with threadpool_limits(limits=1, user_api="openmp"):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
        model.fit(_measured(two), [each.label.value for each in two])
        return _told(model.classes_, model.predict_proba(_measured(check)))


def _measured(found: Sequence[Example]) -> np.ndarray:
    return np.array([measures(each.record, present(each.record))[:_MEASURES] for each in found])


def _told(classes: Sequence[str], chances: np.ndarray) -> list[tuple[Likeness, float]]:
    best = chances.argmax(axis=1)
    return [(Likeness(classes[at]), float(chance[at])) for at, chance in zip(best, chances, strict=True)]


def judged(found: Sequence[Mail], way: Way, salt: str) -> list[tuple[Mail, Outcome]]:
    """Return the mails that count with the answers of a model that never saw their sender's domain."""
    told = []
    for number in range(_FOLDS):
        learn = [each.example for each in found if fold(each.example.group, salt) != number]
        check = [each for each in found if each.counts and fold(each.example.group, salt) == number]
        for each, (best, confidence) in zip(check, way(learn, [each.example for each in check]), strict=True):
            told.append((each, Outcome(each.example.label.value, best.value, confidence, "", given=True)))
    return told


def show(name: str, dealt: Sequence[Sequence[tuple[Mail, Outcome]]]) -> None:
    """Print the mean over the ways of dealing, and the 95 % intervals of the first, by drawing sender domains."""
    every = [[outcome for _, outcome in told] for told in dealt]
    silent = [[o.right for each, o in told if o.truth == Likeness.NEWSLETTER and not each.listed] for told in dealt]
    ends = intervals(every[0], [each.example.group for each, _ in dealt[0]])
    print(
        f"{name}: macro-F1 {mean(map(evaluate.macro_f1, every)):.3f} ({ends.macro_f1[0]:.3f}-{ends.macro_f1[1]:.3f}), "
        f"without list header {mean(map(mean, silent)):.3f} of {len(silent[0])}, "
        f"ECE {mean(map(evaluate.calibration_error, every)):.3f}, "
        f"coverage at 95 % {mean(evaluate.coverage(each, 0.95) for each in every):.3f}, "
        f"at 99 % {mean(evaluate.coverage(each, 0.99) for each in every):.3f} "
        f"({ends.coverage_99[0]:.2f}-{ends.coverage_99[1]:.2f})",
        flush=True,
    )


def figures(told: Sequence[tuple[Mail, Outcome]]) -> np.ndarray:
    """Return macro-F1, share of newsletters without list header found, ECE, coverage at 99 %."""
    every = [outcome for _, outcome in told]
    silent = [o.right for each, o in told if o.truth == Likeness.NEWSLETTER and not each.listed]
    right = mean(silent) if silent else 0.0
    error, covered = evaluate.calibration_error(every), evaluate.coverage(every, 0.99)
    return np.array([evaluate.macro_f1(every), right, error, covered])


def paired(ours: Sequence[tuple[Mail, Outcome]], theirs: Sequence[tuple[Mail, Outcome]]) -> list[np.ndarray]:
    """Return the mean and the ends of the 95 % interval of ours minus theirs, drawing sender domains _DRAWS times."""
    members: dict[str, list[int]] = {}
    for at, (each, _) in enumerate(ours):
        members.setdefault(each.example.group, []).append(at)
    groups, dice = list(members.values()), np.random.default_rng(0)
    differences = []
    for _ in range(_DRAWS):
        drawn = [at for place in dice.integers(0, len(groups), len(groups)) for at in groups[place]]
        differences.append(figures([ours[at] for at in drawn]) - figures([theirs[at] for at in drawn]))
    return [figures(ours) - figures(theirs), *np.percentile(differences, (2.5, 97.5), axis=0)]


if __name__ == "__main__":
    collected = mails()
    counted = [each for each in collected if each.counts]
    print(f"{len(counted)} mails of {len({each.example.group for each in counted})} sender domains", flush=True)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    salts = sys.argv[2] if len(sys.argv) > 2 else "AB"
    answers: dict[str, list[list[tuple[Mail, Outcome]]]] = {}
    for name, way in (("c", plain_c), ("d", plain_d), ("shipped way", shipped_way)):
        if wanted in ("", name):
            answers[name] = [judged(collected, way, salt) for salt in salts]
            show(name, answers[name])
    for name in ("c", "d") if not wanted else ():
        for salt, ours, theirs in zip(salts, answers["shipped way"], answers[name], strict=True):
            print(f"shipped way minus {name}, dealt {salt}: macro-F1, without list header, ECE, coverage at 99 %")
            print(*(np.round(each, 3) for each in paired(ours, theirs)), flush=True)
