"""Rooms in which teams hand in scenarios and compare them."""
