"""Help inside the program: keys, how figures are counted, what error codes mean and what to do."""

from flask import Blueprint, render_template

from service import guards, texts
from service.domain import kpi

pages = Blueprint("help", __name__)


@pages.get("/hilfe")
@guards.needs(guards.EVERY_ROLE)
def index() -> str:
    """Show keys, rules, figures and error codes."""
    return render_template("hilfe.html", page="hilfe", figures=kpi.CATALOGUE, errors=texts.ERRORS)
