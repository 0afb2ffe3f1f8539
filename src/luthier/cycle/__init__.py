"""The wheel: one round from sources to report."""
