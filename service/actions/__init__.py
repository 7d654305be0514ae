"""Verbs, one file each; a verb never calls a verb."""
