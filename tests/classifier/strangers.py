"""Invented strangers in three kinds that a model can tell apart, and a model fitted on them."""

from functools import lru_cache

from classifier.learned import Learned, Likeness
from classifier.training import Example, example, fit
from models.record import HeaderFlags
from tests.factories import mail

_WORDS = ("berg", "tal", "wald", "see", "feld", "bach", "stein", "burg", "hof", "dorf")


def examples() -> list[Example]:
    """Return 3 x 100 examples of as many domains."""
    found = []
    for at in range(100):
        name = f"{_WORDS[at // 10]}{_WORDS[at % 10]}"
        news = HeaderFlags(list_id=f"news.{name}-verlag.de", list_unsubscribe=True, precedence="bulk")
        spam = HeaderFlags(reply_to_domain="sammelbox.net", content_type="text/html")
        plain = HeaderFlags(message_id_domain=f"{name}-bau.de", return_path_domain=f"{name}-bau.de", in_reply_to=True)
        shop = ("-billig.biz", ".com")[at % 2]
        found += [
            example(mail(f"newsletter@{name}-verlag.de", sender_name="Verlag", flags=news), Likeness.NEWSLETTER),
            example(mail(f"gewinn{at}@{name}{shop}", sender_name="GEWINN!!", flags=spam), Likeness.WERBUNG),
            example(mail(f"anna.muster@{name}-bau.de", sender_name="Anna Muster", flags=plain), Likeness.PARTNER),
        ]
    return found


@lru_cache(maxsize=1)
def model() -> Learned:
    """Return the model fitted on them; read-only."""
    return fit(examples(), {"basis": "erfunden"})
