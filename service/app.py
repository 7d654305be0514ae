"""Puts the parts of one process together: database, doors, background work, API, pages, and the gate in front."""

import atexit
import os
from functools import partial
from secrets import token_hex
from wsgiref.types import WSGIApplication

from flask import Flask, request

from classifier import artifact
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from connectors import registry
from connectors.base import Source
from service import config as configuration
from service import guards, problems, runtime, telemetry
from service.api import routes
from service.config import Config
from service.hooks import doors
from service.jobs import drain
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import health
from service.web import sending, session, site

_MOST_BYTES = 1 << 20


def create(config: Config | None = None) -> WSGIApplication:
    """Return what the server calls: webhooks first, everything else to Flask. Starts the background work.

    Raises ConfigInvalid and Unavailable before anything listens.
    """
    chosen = config or configuration.load()
    telemetry.start(chosen.log_level)
    process = runtime.start(chosen)
    worker = make_worker(process)
    if chosen.worker:
        worker.start()
        atexit.register(worker.stop)
    gate = doors.build(process, make_flask(process).wsgi_app, worker.wake.set)
    atexit.register(gate.close)
    telemetry.log().info("bereit", version=configuration.VERSION, port=chosen.port)
    return gate


def alone() -> WSGIApplication:
    """Return what `create` returns, in a process that does nothing else and lives as long as it."""
    gate = create()
    runtime.settle()
    return gate


def make_flask(process: Runtime) -> Flask:
    """Return the Flask application with pages, API and error answers."""
    app = Flask("service.web", static_folder=None)
    app.extensions["postlotse"] = process
    app.extensions[sending.TAKE_IN] = drain.drain
    app.config.update(SECRET_KEY=secret_key(process.config), MAX_CONTENT_LENGTH=_MOST_BYTES)
    app.before_request_funcs.setdefault(routes.api.name, []).append(_visitor)
    problems.register(app)
    app.register_blueprint(routes.api)
    site.register(app)
    app.add_url_rule("/healthz", "healthz", guards.public(partial(_healthz, process)))
    return app


def _healthz(process: Runtime) -> tuple[str, int, dict[str, str]]:
    """Tell a supervisor that this process answers and reaches its database; 503 through Unavailable otherwise."""
    with process.look() as turn:
        health.alive(turn)
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def _visitor() -> None:
    """A program brings its token with every call; only a browser has a session, and with it a need for protection."""
    if "Authorization" not in request.headers:
        session.load()


def make_worker(process: Runtime) -> Worker:
    """Return the background work of this process; the source of mailboxes is opened with the first pull."""
    if process.config.graph_allow_mail_read:
        telemetry.log().warning("Rechte auf Texte von Mails ausdrücklich erlaubt (POSTLOTSE_GRAPH_ALLOW_MAIL_READ)")
    return Worker(process, _mail(process.config), model(process))


def _mail(config: Config) -> partial[Source] | None:
    return partial(registry.open_source, "graph", config) if config.graph_mailboxes else None


def model(process: Runtime) -> Learned | None:
    """Return the firm's own model, else the one that comes with the program, else None: rules alone go on."""
    try:
        return artifact.in_force(process.model_path)
    except ArtifactUnusable as error:
        telemetry.log().warning("Modell nicht brauchbar, nur Regeln", code=error.code)
        return None


def secret_key(config: Config) -> str:
    """Return the key that signs forms: configured, or made once and kept in the data folder, readable by us alone."""
    given = config.secret_key.get_secret_value()
    if given:
        return given
    path = config.data_dir / "secret.key"
    if not path.exists():
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token_hex(32))
    return path.read_text(encoding="utf-8")
