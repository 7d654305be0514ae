"""Webhooks: check, strip, hand to the writer, answer after the commit."""
