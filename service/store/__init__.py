"""All SQL. Only engine.py commits."""
