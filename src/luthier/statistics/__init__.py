"""Intervals, paired tests and verdicts: small pure functions of arrays. Undefined is NaN here, None in reports."""
