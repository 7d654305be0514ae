"""Unsure senders are asked about first where one answer settles most."""

from classifier.asking import Question, order, weight


def test_many_waiting_mails_come_before_one_doubtful_one() -> None:
    many, doubtful, settled = Question("a.de", 20, 0.6), Question("b.de", 1, 0.1), Question("c.de", 30, 1.0)

    assert order([settled, doubtful, many]) == [many, doubtful, settled]
    assert weight(many) == 8.0


def test_equal_questions_keep_one_order() -> None:
    questions = [Question(key, 2, 0.5) for key in ("c.de", "a.de", "b.de")]

    assert [each.key for each in order(questions)] == ["a.de", "b.de", "c.de"]
