"""Measurements beside a floor from the same run: a ratio holds on any machine, a time only on one."""
