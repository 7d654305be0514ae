"""What the panel "Antworten" posts: words or a template go to WhatsApp, objections are noted, sending is switched."""

from hashlib import sha256

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from connectors.errors import ConnectorError
from service import guards
from service.actions import configure, intake, objection, send, templates
from service.actions.intake import Judge
from service.actions.send import Order
from service.errors import Conflict, Invalid, Unsendable
from service.store import keys, sendings, triage
from service.web import conversations, replying, session
from service.web.replying import Typed

pages = Blueprint("sending", __name__)

# What puts waiting webhook updates where they belong; the application brings it (service/app.py).
TAKE_IN = "postlotse_take_in"
# So many rounds of what waits are taken in before somebody sends: enough for an hour's outage of a busy number.
_ROUNDS = 20


@pages.post("/konversation/<int:conversation_id>/antworten")
@guards.needs(guards.SEND)
def answer(conversation_id: int) -> Answer | tuple[str, int]:
    """Send words or a template; a refusal shows the page again with what was typed, and says what to do."""
    order = _order()
    try:
        carry_out(conversation_id, order)
    except (Conflict, Invalid) as problem:
        typed = Typed(problem, order.key, order.words, order.template_id, order.typed)
        return conversations.page(conversation_id, typed), 409 if isinstance(problem, Conflict) else 422
    return redirect(f"/konversation/{conversation_id}#antworten", 303)


def _order() -> Order:
    form = request.form
    number = form.get("vorlage", "")
    template_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    return Order(
        key=form.get("key", "")[:64],
        seen=max(0, form.get("gesehen", 0, type=int)),
        answered=max(0, form.get("beantwortet", 0, type=int)),
        words="" if template_id else form.get("text", "").replace("\r\n", "\n"),
        template_id=template_id,
        typed=tuple(form.get(f"wert-{place}", "")[:400] for place in range(1, 11)) if template_id else (),
        again=form.get("trotzdem") == "1",
    )


def carry_out(conversation_id: int, order: Order) -> None:
    """Take in what waits, check and note the sending, carry it to Meta, note how it went; each in its own turn.

    Raises NotFound, Invalid, Unsendable, Conflict, and Refused (the settings are wrong).
    """
    runtime, actor = session.runtime(), session.actor()
    if not runtime.sends:
        raise Unsendable("Senden aus Postlotse ist nicht eingerichtet.")
    cloud = runtime.cloud
    _take_in()
    with runtime.turn(actor) as turn:
        ready = send.prepare(turn, conversation_id, order)
    if ready.parcel is None:
        return
    outcome = send.deliver(cloud, ready.parcel)
    with runtime.turn(actor) as turn:
        record, account_id = send.conclude(turn, ready.sending_id, outcome)
        if record is not None:
            intake.take_in(turn, [record], account_id, Judge(keys.book(turn)))
            send.settle(turn, account_id, record.source_id)
    if outcome.lost:
        raise Unsendable("Die Antwort von WhatsApp ging verloren. Postlotse wartet jetzt auf die Bestätigung.")
    if not outcome.taken:
        raise Unsendable(send.sentence(outcome.number))


def _take_in() -> None:
    take_in = current_app.extensions[TAKE_IN]
    for _ in range(_ROUNDS):
        if not take_in(session.runtime()):
            return


@pages.get("/konversation/<int:conversation_id>/gesendet")
@guards.needs(guards.READ)
def sent(conversation_id: int) -> Answer:
    """Return what became of the last sendings, for the page that refreshes itself; 304 when nothing changed."""
    with session.runtime().look(session.actor()) as turn:
        found = replying.sent(turn, triage.one(turn, conversation_id).conversation)
        page = render_template("_gesendet.html", sent=found, now=turn.now)
    made = Response(page, mimetype="text/html")
    made.set_etag(sha256(page.encode()).hexdigest()[:20])
    return made.make_conditional(request)


@pages.post("/konversation/<int:conversation_id>/abmeldung")
@guards.needs(guards.WORK)
def objects(conversation_id: int) -> Answer:
    """Note that somebody told a colleague to send nothing more, or that messages are welcome again."""
    with session.runtime().turn(session.actor()) as turn:
        objection.note(turn, conversation_id, wanted=request.form.get("moechte") == "1")
    return redirect(f"/konversation/{conversation_id}#antworten", 303)


@pages.post("/einstellungen/senden")
@guards.needs(guards.TEMPLATES)
def switch() -> Answer:
    """Switch sending on or off (X9); on only with a token that Meta accepts."""
    on = request.form.get("an") == "1"
    runtime = session.runtime()
    if on:
        _try_out()
    with runtime.turn(session.actor()) as turn:
        configure.switch(turn, sendings.SWITCH, on=on)
        if on:
            send.release(turn)
    return redirect("/einstellungen?gespeichert=senden#h-se", 303)


def _try_out() -> None:
    """Ask Meta for our templates: that needs all that sending needs. Raises Invalid with what is wrong."""
    runtime = session.runtime()
    if not runtime.sends:
        raise Invalid(
            "Zum Senden fehlen Zugriffstoken oder Business-Konto.",
            {"an": "Auf dem Server POSTLOTSE_WHATSAPP_TOKEN und POSTLOTSE_WHATSAPP_BUSINESS_ACCOUNT eintragen."},
        )
    try:
        found = templates.look(runtime.cloud, runtime.config.whatsapp_business_account)
    except ConnectorError as error:
        raise Invalid("WhatsApp lässt Postlotse nicht senden.", {"an": str(error)}) from error
    with runtime.turn(session.actor()) as turn:
        templates.merge(turn, found)
