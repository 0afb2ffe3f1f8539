"""How data is written: each module reads one format and yields raw records and refusals, in order."""
