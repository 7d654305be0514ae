"""Journeys: whole ways through the real application."""
