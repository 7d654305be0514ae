"""Exports: lists and figures as CSV and XLSX; what is long is made by the worker and waits here for a day."""

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context
from werkzeug.wrappers import Response as Answer

from service import guards
from service.actions import export
from service.domain.tabular import MEDIA
from service.store import asked, exports, figure_tables, reach
from service.web import session, words

pages = Blueprint("exports", __name__)


def _file(data: bytes, name: str, form: str) -> Response:
    answer = Response(data, mimetype=MEDIA[form].split(";")[0])
    return _named(answer, name, form)


def _named(answer: Response, name: str, form: str) -> Response:
    answer.headers["Content-Type"] = MEDIA[form]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/konversationen/export.<form>")
@guards.needs(guards.READ)
def rows(form: str) -> Answer:
    """Give the list under the filters of the address as a file, or have the worker make it."""
    kind, wanted = export.form(form), asked.rows(request.args, session.actor().member_id)
    with session.runtime().turn(session.actor()) as turn:
        reach.only_known(turn, wanted.scope.account_ids)
        made = export.listed(turn, wanted, kind, dict(request.args))
        day = words.day_iso(turn.now)
    if made.export_id:
        return redirect("/exporte", 303)
    return _file(made.data, f"konversationen-{day}", kind)


@pages.get("/kennzahlen/export.<form>")
@guards.needs(guards.FIGURES)
def figures(form: str) -> Response:
    """Give the figures as a file: a workbook with every chart, or one table (`teil`) as CSV."""
    kind, scope = export.form(form), asked.scope(request.args)
    with session.runtime().turn(session.actor()) as turn:
        asked.only_known(turn, scope)
        tables = figure_tables.every(turn, scope)
        if kind == "csv":
            tables = [figure_tables.part(tables, request.args.get("teil", ""))]
        data = export.figures(turn, tables, kind, dict(request.args))
        day = words.day_iso(turn.now)
    return _file(data, f"kennzahlen-{day}", kind)


@pages.get("/exporte")
@guards.needs(guards.READ)
def mine() -> str:
    """Show the files that the worker makes or made for who is there, with their progress."""
    return render_template("exporte.html", page="konversationen", **_state())


@pages.get("/exporte/stand")
@guards.needs(guards.READ)
def state() -> str:
    """Return the body of the page again."""
    return render_template("_exporte.html", **_state())


def _state() -> dict[str, object]:
    with session.runtime().look(session.actor()) as turn:
        return {"files": exports.mine(turn), "now": turn.now}


@pages.get("/exporte/<int:number>")
@guards.needs(guards.READ)
def take(number: int) -> Response:
    """Give a finished file to who asked for it."""
    actor, runtime = session.actor(), session.runtime()
    with runtime.turn(actor) as turn:
        found = export.take(turn, number)
        form, day = found.format, words.day_iso(found.created_at)

    def parts() -> Iterator[bytes]:
        with runtime.look(actor) as turn:
            yield from exports.parts(turn, number)

    return _named(Response(stream_with_context(parts())), f"konversationen-{day}", form)


def links(path: str, query: dict[str, str]) -> dict[str, str]:
    """Return the addresses of a page's exports by format."""
    return {form: f"{path}/export.{form}?{urlencode(query)}" for form in export.FORMATS}
