"""Simulations of what the methodology claims: coverage of intervals, rank sets, estimates from a stream."""
