"""Rules that look across records."""
