"""Tests of the archive: real mail without a tenant."""
