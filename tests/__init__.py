"""Proof of what the house says it does; the folders mirror the house."""
