"""Tests of the SQL on a real database."""
