"""Tests of what the firm does with its mail."""
