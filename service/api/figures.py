"""The figures of the API: the whole catalogue under the filters of the page, and figures and lists as files."""

from hashlib import sha256

from flask import Blueprint, Response, g, jsonify, request

from service import guards
from service.actions import export
from service.api.bearer import needs, runtime
from service.api.schemas import KpiOut, KpisOut
from service.domain.tabular import MEDIA
from service.errors import Invalid, NotFound
from service.store import ahead, asked, exports, figure_tables, figures, reach
from service.store.scope import Scope
from service.turn import NOBODY, Actor, Turn

part = Blueprint("figures", __name__)

_ADDRESS = "/api/v1/exports/"


def _actor() -> Actor:
    return g.get("actor") or NOBODY


def _scope(turn: Turn) -> Scope:
    """Return the scope that the query asks for. Raises Invalid for what it does not know, or is out of reach."""
    asked.check(request.args)
    scope = asked.scope(request.args)
    try:
        asked.only_known(turn, scope)
    except NotFound as error:
        raise Invalid("Dieses Postfach gibt es nicht.", {"postfach": "Nummern von Postfächern"}) from error
    return scope


@part.get("/kpis")
@needs("kpis", guards.FIGURES, session=True)
def kpis() -> Response:
    """Answer the six figures of the page and then the rest of the catalogue, with an ETag over the figures alone."""
    with runtime().look(_actor()) as turn:
        ahead.firm(turn)
        scope = _scope(turn)
        readings = figures.tiles(turn, scope)
        known = {reading.key for reading in readings}
        readings += tuple(one for one in figures.catalogue(turn, scope) if one.key not in known)
        as_of = turn.now
    shown = KpisOut(as_of=as_of, kpis=[KpiOut.of(reading) for reading in readings])
    answer = Response(shown.model_dump_json(), mimetype="application/json")
    same = shown.model_dump_json(exclude={"as_of"})
    answer.set_etag(sha256(same.encode()).hexdigest()[:32], weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie"
    answer.make_conditional(request)
    return answer


@part.get("/exports/kpis.<form>")
@needs("kpis", guards.FIGURES, session=True)
def figures_file(form: str) -> Response:
    """Answer the figures as a file: a workbook of all tables, or the one that `teil` names as CSV."""
    kind = export.form(form)
    with runtime().turn(_actor()) as turn:
        tables = figure_tables.every(turn, _scope(turn))
        if kind == "csv":
            tables = [figure_tables.part(tables, request.args.get("teil", ""))]
        return _file(export.figures(turn, tables, kind, dict(request.args)), kind)


@part.get("/exports/conversations.<form>")
@needs("conversations", guards.READ, session=True)
def rows_file(form: str) -> Response:
    """Answer the list under the filters of the page as a file; 202 with its address where the worker makes it."""
    kind, actor = export.form(form), _actor()
    wanted = asked.rows(request.args, actor.member_id)
    with runtime().turn(actor) as turn:
        reach.only_known(turn, wanted.scope.account_ids)
        made = export.listed(turn, wanted, kind, dict(request.args))
    if not made.export_id:
        return _file(made.data, kind)
    answer = jsonify({"id": made.export_id, "rows": made.rows, "state": f"{_ADDRESS}{made.export_id}"})
    answer.status_code = 202
    answer.headers["Location"] = f"{_ADDRESS}{made.export_id}"
    return answer


@part.get("/exports/<int:number>")
@needs("conversations", guards.READ, session=True)
def progress(number: int) -> Response:
    """Answer how far a file is, to the member who asked for it."""
    with runtime().look(_actor()) as turn:
        found = exports.progress(exports.get(turn, number))
    return jsonify(
        {
            "id": found.id,
            "done": found.done,
            "total": found.total,
            "finished": found.finished_at is not None,
            "expires_at": found.expires_at.isoformat(),
            "file": f"{_ADDRESS}{found.id}/file" if found.finished_at else None,
        }
    )


@part.get("/exports/<int:number>/file")
@needs("conversations", guards.READ, session=True)
def file(number: int) -> Response:
    """Answer a file that the worker made, to the member who asked for it."""
    with runtime().turn(_actor()) as turn:
        found = export.take(turn, number)
        return _file(b"".join(exports.parts(turn, number)), found.format)


def _file(data: bytes, form: str) -> Response:
    answer = Response(data)
    answer.headers["Content-Type"] = MEDIA[form]
    answer.headers["Content-Disposition"] = f'attachment; filename="postlotse.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
