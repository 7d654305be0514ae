"""Alembic's environment and versions; `HEAD` names the newest, so that a start needs Alembic only when it differs."""

HEAD = "0019"
