"""Tests of the door to Microsoft Graph."""
