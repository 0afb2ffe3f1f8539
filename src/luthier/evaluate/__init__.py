"""Measuring every system on the same items, against each other and against the targets written down before tuning."""
