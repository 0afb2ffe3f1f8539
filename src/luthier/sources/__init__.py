"""Bringing data in: files become `Document`s or `Example`s, and what cannot be read becomes a `Refusal`.

connectors/   which files a source means
parsers/      one file a format: bytes in, raw records out
mapping.py    a raw record and the source's `fields` make a noun
ingest.py     the stage
"""
