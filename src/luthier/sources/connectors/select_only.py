"""Whether a query only reads: one SELECT, or one WITH … SELECT, in SQL's own words and nothing that writes.

A scanner, not a parser: it knows comments, quoted texts and quoted names of the common dialects, so that a word in one
of them is no word of the statement, and it refuses what it cannot be sure of. It keeps honest queries honest; an
account that may only read is what keeps a database safe.
"""

from __future__ import annotations

import re

TOKENS = re.compile(
    r"""
    (?P<executable>/\*!)                                  # MySQL runs what stands in such a comment
  | (?P<comment>--[^\n]*|(?P<hash>\#)[^\n]*|/\*.*?\*/)
  | (?P<text>'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\n]*\])
  | (?P<word>[^\W\d]\w*)
  | (?P<end>;)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING = ("SELECT", "WITH")
WRITING = frozenset(
    {"INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE"}
)


def why_not_select(query: str) -> str | None:
    """What keeps a query from being one that only reads; None for one that is."""
    words: list[tuple[str, bool]] = []  # each with whether a bracket follows, as after a function's name
    ended = False
    for match in TOKENS.finditer(query):
        kind, text = _kind(match), match.group()
        if kind == "comment" or text.isspace():
            continue
        problem = "it holds more than one statement" if ended else _doubt(kind, text)
        if problem is not None:
            return problem
        ended = kind == "end"
        if kind == "word":
            words.append((text.upper(), query[match.end() :].lstrip()[:1] == "("))
    if not words or words[0][0] not in OPENING:
        return f"it begins with {words[0][0]}, not with SELECT or WITH" if words else "it holds no statement"
    writing = next((word for word, is_function in words if word in WRITING and not is_function), None)
    return f"it holds the word {writing}, which writes or locks" if writing else None


def _kind(match: re.Match[str]) -> str | None:
    """Which of the pieces of SQL a match is. A `#` begins a comment only where it could hide no end of a statement."""
    if match["hash"]:
        return "hash" if ";" in match.group() else "comment"
    return "text" if match["text"] else match.lastgroup


def _doubt(kind: str | None, text: str) -> str | None:
    """What a piece of the query may hide, if anything."""
    if kind == "executable":
        return "it holds a comment that MySQL runs"
    if kind == "text" and "\\" in text:
        return "a text in it holds a backslash, which databases read in different ways"
    if kind == "hash":
        return "it holds a # before a semicolon, which begins a comment in MySQL and is an operator elsewhere"
    if kind == "name" and text.startswith("[") and any(mark in text for mark in "'\"`"):
        return "square brackets in it hold a quote, which databases read in different ways"
    if kind == "other" and text in "'\"`":
        return f"a {text} is opened and never closed"
    return None
