"""Text files: that they are text, in the encoding their source names, is checked in one pass before they are read.

Nothing is guessed at. A file in another encoding is refused with the byte that shows it and what the file looks like
instead, so that a person can name the right encoding; a wrong guess would put wrong letters into training.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TextIO

from luthier.errors import RequestError
from luthier.records import Refusal
from luthier.sources.parsers.signatures import mismatch, signature
from luthier.sources.raw import SourceFile

CHUNK_BYTES = 2**20
GUESS_BYTES = 2**15  # on either side of the byte that does not fit


def check_encoding_name(name: str, source: str) -> None:
    """Raises `RequestError` when Python knows no such text encoding."""
    try:
        "".encode(name)
    except LookupError:
        fix = "Use a name such as utf-8, windows-1252 or utf-16"
        raise RequestError(
            f"source '{source}': there is no text encoding '{name}'", where="luthier.yaml", fix=fix
        ) from None


def open_text(file: SourceFile, newline: str) -> TextIO:
    """The file as a stream of characters; a byte order mark is no part of its text."""
    encoding = file.source.encoding
    return file.path.open(encoding="utf-8-sig" if _is_utf8(encoding) else encoding, newline=newline)


def check_text(file: SourceFile, expected: str) -> Refusal | None:
    """The refusal of a file that is empty, binary or in another encoding; None for one that can be read.

    Args:
        expected: what the file ought to be, such as `a CSV table`.
    """
    actual = signature(file.path)
    if actual is not None:
        return mismatch(file, actual, expected)
    decoder = codecs.getincrementaldecoder(file.source.encoding)()
    position, lines, blank = 0, 0, True
    with file.path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                offset = position - len(pending) + error.start
                line = lines + (pending + chunk)[: error.start].count(b"\n") + 1
                return _wrong_encoding(file, offset, line)
            blank = blank and not text.lstrip("\ufeff").strip()
            if not chunk:
                break
            position, lines = position + len(chunk), lines + chunk.count(b"\n")
    if blank:
        return file.refuse("file.empty", "it holds no text", fix="Fill the file or remove it")
    return None


def _wrong_encoding(file: SourceFile, offset: int, line: int) -> Refusal:
    named, guess = file.source.encoding, _guess(file.path, offset)
    looks = f"the file looks like {guess}" if guess else "no encoding fits it"
    fix = f"Set `encoding: {guess}` for this source if that is right, or save the file as {named}"
    return file.refuse(
        "text.encoding",
        f"byte {offset} (line {line}) is not {named}; {looks}",
        fix=fix if guess else f"Save the file as {named}",
    )


def _guess(path: Path, offset: int) -> str | None:
    """What charset-normalizer takes the text around a byte for."""
    from charset_normalizer import from_bytes

    with path.open("rb") as stream:
        stream.seek(max(0, offset - GUESS_BYTES))
        best = from_bytes(stream.read(2 * GUESS_BYTES)).best()
    return best.encoding if best else None


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name == "utf-8"
