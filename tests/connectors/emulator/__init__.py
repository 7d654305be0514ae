"""Tests of the emulated firm."""
