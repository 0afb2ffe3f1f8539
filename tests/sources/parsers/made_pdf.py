"""Small PDFs and pictures for the tests of what reads them."""

from __future__ import annotations

import io
import struct
import zlib

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas


def picture(side: int = 8) -> bytes:
    """A white PNG of `side` by `side` pixels."""
    rows = b"".join(b"\0" + b"\xff" * 3 * side for _ in range(side))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def pdf(*pages: str | None, title: str | None = None) -> bytes:
    """A PDF with a text on each page; None makes the page a picture, "" leaves it white."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    if title is not None:
        canvas.setTitle(title)
    for text in pages:
        if text is None:
            canvas.drawImage(ImageReader(io.BytesIO(picture())), 0, 0, 400, 600)
        for n, line in enumerate((text or "").split("\n")):
            canvas.drawString(72, 700 - 20 * n, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def scan(stamp: str, side: int = 800) -> bytes:
    """A PDF of one page that is a picture, with a line of text stamped on it."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawImage(ImageReader(io.BytesIO(picture(side))), 0, 0, 400, 600)
    canvas.drawString(72, 30, stamp)
    canvas.save()
    return buffer.getvalue()
