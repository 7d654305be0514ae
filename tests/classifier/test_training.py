"""Fitting, calibration and thresholds."""

import numpy as np
import pytest

from classifier.errors import TooFewExamples
from classifier.learned import Likeness
from classifier.training import best_temperature, example, fit, thinned, threshold, widened, wilson_low
from models.record import HeaderFlags
from tests.classifier.strangers import examples, model
from tests.factories import mail


@pytest.mark.unmeasured
@pytest.mark.slow
def test_a_model_tells_strangers_apart_that_it_never_saw() -> None:
    news = HeaderFlags(list_id="news.moor-verlag.de", list_unsubscribe=True, precedence="bulk")

    guess = model().judge(mail("newsletter@moor-verlag.de", sender_name="Verlag", flags=news))

    assert guess.best is Likeness.NEWSLETTER
    assert guess.sure


@pytest.mark.unmeasured
@pytest.mark.slow
def test_two_classes_are_enough() -> None:
    two = [each for each in examples() if each.label is not Likeness.PARTNER]

    found = fit(two, {})

    assert found.classes == (Likeness.NEWSLETTER, Likeness.WERBUNG)
    assert all(found.judge(each.record).best is each.label for each in two[:20])


@pytest.mark.unmeasured
@pytest.mark.slow
def test_a_class_that_a_fold_never_saw_does_not_break_the_fit() -> None:
    rare = example(mail("kollege@eigene.de"), Likeness.INTERN)

    found = fit([*examples(), rare], {})

    assert Likeness.INTERN in found.classes
    assert found.thresholds[found.classes.index(Likeness.INTERN)] > 1


def test_too_little_is_said_to_be_too_little() -> None:
    one_class = [each for each in examples() if each.label is Likeness.NEWSLETTER]
    one_sender = [example(mail("a@x.de"), label) for label in (Likeness.NEWSLETTER, Likeness.WERBUNG)]

    with pytest.raises(TooFewExamples):
        fit(one_class, {})
    with pytest.raises(TooFewExamples):
        fit(one_sender, {})


def test_a_big_sender_counts_ten_times_at_most() -> None:
    many = [example(mail("a@gross.de"), Likeness.NEWSLETTER) for _ in range(40)]
    other = [example(mail("a@gross.de"), Likeness.WERBUNG) for _ in range(3)]

    assert len(thinned(many + other)) == 13


def test_colleagues_are_grouped_by_address_strangers_by_domain() -> None:
    assert example(mail("a@muster.de"), Likeness.INTERN).group == "a@muster.de"
    assert example(mail("a@eu.muster.de"), Likeness.PARTNER).group == "muster.de"
    assert example(mail("a@localhost"), Likeness.PARTNER).group == "a@localhost"


def test_every_example_is_also_learned_with_other_headers() -> None:
    known, unknown = mail("a@muster.de"), mail("a@muster.de", flags=None)

    looks = widened([example(known, Likeness.PARTNER), example(unknown, Likeness.PARTNER)])

    assert [each.record.flags is None for each in looks] == [False, True, True, False, True]


def test_a_sender_without_headers_is_also_learned_as_a_stranger_with_and_without_a_name() -> None:
    written = [example(mail(f"a@b{at}.de", flags=None, sender_name=""), Likeness.PARTNER, (9, 9)) for at in range(3)]

    strangers = [each for each in widened(written) if each.record.flags is None and each.letters == (0, 0)]

    assert [each.record.sender_name != "" for each in strangers] == [False, True, True]


def test_what_was_posted_to_a_foreign_list_is_not_learned_without_headers() -> None:
    own, foreign = (HeaderFlags(list_id="l.de", sender_domain=each) for each in ("verlag.de", "listen.org"))
    both = [example(mail("anna@verlag.de", flags=each), Likeness.NEWSLETTER) for each in (own, foreign)]

    assert [each.record.flags for each in widened(both)] == [own, foreign, None]


@pytest.mark.slow
def test_between_newsletter_and_advertising_alike_the_model_leans_to_the_newsletter() -> None:
    labels = (Likeness.NEWSLETTER, Likeness.WERBUNG)
    marks = HeaderFlags(list_unsubscribe=True)
    alike = [example(mail(f"a@b{at}.de", flags=marks), labels[at // 2 % 2]) for at in range(80)]

    assert fit(alike, {}).judge(mail("a@b.de", flags=marks)).best is Likeness.NEWSLETTER


def test_the_temperature_cools_scores_that_are_too_sure() -> None:
    answers = np.arange(2000) % 2
    right = np.arange(2000) // 2 % 5 > 0
    scores = np.where((np.eye(2)[answers].astype(bool) == right[:, None]), 6.0, 0.0)

    assert best_temperature(scores, answers) == pytest.approx(6 / np.log(4), rel=0.05)


def test_the_threshold_keeps_answers_that_are_right_often_enough() -> None:
    sure, chance = np.tile([0.9, 0.1], (200, 1)), np.tile([0.6, 0.4], (200, 1))
    answers = np.array([0] * 200 + [0, 1] * 100)

    assert threshold(np.vstack([sure, chance]), answers, 0, 0.95) == pytest.approx(0.9, abs=0.31)
    assert threshold(chance, answers[200:], 0, 0.95) > 1
    assert threshold(sure, answers[:200], 0, 0.95) == 0.5
    assert threshold(sure[:20], answers[:20], 0, 0.95) > 1


def test_the_wilson_bound_follows_the_formula() -> None:
    assert wilson_low(50, 50) == pytest.approx(50 / (50 + 1.645**2))
    assert wilson_low(80, 100) == pytest.approx(0.726, abs=0.002)
