"""Parts of pages that are kept by what they are made of: the same values give the same text, other values another."""

from collections.abc import Hashable
from functools import lru_cache, partial

from flask import current_app
from jinja2 import Environment
from markupsafe import Markup

from service import texts

# A row is a kilobyte or two; a firm with hundreds of mailboxes has its rows of a few periods in here.
_MOST = 4_096


def part(name: str, language: str, /, **values: Hashable) -> Markup:
    """Return a template rendered with these values alone.

    Nothing of the request reaches it but the language, so nobody is shown what was made for somebody else, and nothing
    has to be thrown away when figures change: they are part of what a text is kept by.
    """
    return _rendered(current_app.jinja_env, name, language, tuple(values.items()))


@lru_cache(maxsize=_MOST)
def _rendered(environment: Environment, name: str, language: str, values: tuple[tuple[str, Hashable], ...]) -> Markup:
    text = environment.get_template(name).render(dict(values), t=partial(texts.say, language=language))
    return Markup(text)  # noqa: S704  our own template, in which everything is escaped
