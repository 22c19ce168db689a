"""Reads: plain functions over a session, ordered, knowing nothing of the web."""
