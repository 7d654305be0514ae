"""What rows of lists repeat: the marks of channel and class, an instant; made of few values, once, and of no names."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from models.terms import Category, Channel
from service import texts
from service.web import words

_CHANNEL = Markup('{icon}<span class="vh">{name}</span>')
_CLASS = Markup('<span class="k {slug}">{icon}{name}</span>')
_MAYBE = Markup('<span class="k {slug} maybe" title="Vorschlag, noch nicht bestätigt">{icon}{name}?</span>')


@lru_cache(maxsize=8)
def channel(one: Channel) -> Markup:
    """Return the icon of a channel, with its name for screen readers."""
    return _CHANNEL.format(icon=words.icon(words.channel_slug(one)), name=one.value)


@lru_cache(maxsize=64)
def category(decided: Category | None, suggested: Category | None, language: str) -> Markup:
    """Return the class of a conversation, else the suggested one as a question, else that it is open."""
    known = decided or suggested
    slug = words.slug(known)
    name = texts.say("offen" if known is None else known.value, language)
    form = _MAYBE if known is not None and decided is None else _CLASS
    return form.format(slug=slug, icon=words.icon(slug), name=name)


def instant(at: datetime, now: datetime) -> Markup:
    """Return an instant as a short local time, the whole one beneath the pointer."""
    shown = f'<time datetime="{words.iso(at)}" title="{words.full(at)}">{words.when(at, now)}</time>'
    return Markup(shown)  # noqa: S704  digits and words of our own
