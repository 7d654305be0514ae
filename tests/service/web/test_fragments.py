"""Parts of pages that are kept by what they are made of."""

from flask import Flask
from jinja2 import DictLoader
from markupsafe import Markup

from service.web import fragments


def test_a_part_is_kept_by_its_values_and_the_language():
    app = Flask("parts")
    app.jinja_env.loader = DictLoader({"part.html": "{{ t('Kennzahlen') }}: {{ name }}{{ mark }}"})

    with app.app_context():
        german = fragments.part("part.html", "de", name="<b>Info</b>", mark=Markup("<i>"))
        again = fragments.part("part.html", "de", name="<b>Info</b>", mark=Markup("<i>"))
        english = fragments.part("part.html", "en", name="Info", mark=Markup(""))

    assert german == "Kennzahlen: &lt;b&gt;Info&lt;/b&gt;<i>"
    assert again is german
    assert english == "Figures: Info"
