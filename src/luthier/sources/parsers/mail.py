"""E-mail (RFC 5322, MIME): a message is one whole text, its attachments are read like files.

A message's cells are `text` (the plain body, else the text of the HTML one), `title` (the subject), `sender`,
`recipients`, `effective_date` (the day that its Date names, where it was written) and every other header under its
name in small letters. A mailbox (mbox, RFC 4155) is read a message at a time; rows count its messages. Nothing is
repaired: a message whose structure, letters or date are damaged is refused by its row. In a source with a task the
message is the example, and its attachments are refused rather than lost.
"""

from __future__ import annotations

import email.policy
import io
import re
from collections.abc import Iterator
from email import errors, message_from_bytes
from email.message import EmailMessage
from typing import Any, BinaryIO

from luthier.records import Refusal
from luthier.sources.cells import CellError
from luthier.sources.parsers.contained import Parse, allowance_of, parse_contained, too_deep
from luthier.sources.parsers.html import text_of_letter
from luthier.sources.parsers.signatures import mismatch, signature
from luthier.sources.raw import Allowance, RawRecord, SourceFile, quoted

MEDIA_TYPE = "message/rfc822"
MESSAGE_LIMIT = 64 * 2**20  # bytes; most servers take less than half of that
HEADERS_LIMIT = 200
UNQUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
OPENING = re.compile(rb"From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d.* \d{4}\r?$")
DAMAGE = {
    errors.StartBoundaryNotFoundDefect: "its parts cannot be told apart",
    errors.NoBoundaryInMultipartDefect: "its parts cannot be told apart",
    errors.MultipartInvariantViolationDefect: "its parts cannot be told apart",
    errors.CloseBoundaryNotFoundDefect: "it ends in the middle of its parts",
    errors.InvalidBase64PaddingDefect: "a part's base64 is damaged",
    errors.InvalidBase64CharactersDefect: "a part's base64 is damaged",
    errors.InvalidBase64LengthDefect: "a part's base64 is damaged",
}
ENDINGS = {"message/rfc822": ".eml", "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv"}


def read_eml(file: SourceFile, parse: Parse) -> Iterator[RawRecord | Refusal]:
    """The message in a file, then what its attachments hold."""
    refusal = _not_mail(file, "an e-mail message") or too_deep(file)
    if refusal is None and file.path.stat().st_size > MESSAGE_LIMIT:
        refusal = _too_large(file, None)
    if refusal is not None:
        yield refusal
        return
    yield from _message(file, file.path.read_bytes(), None, allowance_of(file), parse)


def read_mbox(file: SourceFile, parse: Parse) -> Iterator[RawRecord | Refusal]:
    """The messages of a mailbox in their order, each followed by what its attachments hold."""
    refusal = _not_mail(file, "a mailbox") or too_deep(file)
    if refusal is not None:
        yield refusal
        return
    allowance = allowance_of(file)
    with file.path.open("rb") as stream:
        if stream.read(5) != b"From ":
            yield mismatch(file, "something else", "a mailbox, whose messages begin with a line `From ...`")
            return
        stream.seek(0)
        for row, content in enumerate(_split(stream), start=1):
            if content is None:
                yield _too_large(file, row)
            else:
                yield from _message(file, content, row, allowance, parse)


def _not_mail(file: SourceFile, expected: str) -> Refusal | None:
    if file.path.stat().st_size == 0:
        return file.refuse("file.empty", "it holds nothing", fix="Fill the file or remove it")
    actual = signature(file.path)
    return mismatch(file, actual, expected) if actual is not None else None


def _too_large(file: SourceFile, row: int | None) -> Refusal:
    reason = f"the message is larger than {MESSAGE_LIMIT // 2**20} MiB"
    return file.refuse("file.too_large", reason, row=row, fix="Save its attachments apart")


def _split(stream: BinaryIO) -> Iterator[bytes | None]:
    """A mailbox's messages, each without its `From ` line; None for one over the limit, which is never held."""
    lines: list[bytes] = []
    size, blank, started = 0, True, False
    for line in iter(lambda: stream.readline(MESSAGE_LIMIT), b""):
        if (blank and line.startswith(b"From ")) or OPENING.match(line):
            if started:
                yield _joined(lines, size)
            lines, size, started = [], 0, True
        else:
            size += len(line)
            if size <= MESSAGE_LIMIT:
                lines.append(line)
            else:
                lines.clear()
        blank = line in (b"\n", b"\r\n")
    yield _joined(lines, size)


def _joined(lines: list[bytes], size: int) -> bytes | None:
    return UNQUOTED.sub(rb"\1", b"".join(lines)) if size <= MESSAGE_LIMIT else None


def _message(
    file: SourceFile, content: bytes, row: int | None, allowance: Allowance, parse: Parse
) -> Iterator[RawRecord | Refusal]:
    message: Any = message_from_bytes(content, policy=email.policy.default)
    try:
        _check(message)
        cells = _cells(message)
        attached = list(_attached(message, file.source.encoding))
    except CellError as error:
        yield file.refuse(error.code, error.what, row=row, field=error.column, fix=error.fix)
        return
    except Exception as error:  # the header parser answers some damage with whatever it trips over
        reason = f"the message is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("mail.broken", reason, row=row, fix="Save the message again from the mail program")
        return
    if str(cells["text"]).strip():
        yield RawRecord(cells=cells, media_type=MEDIA_TYPE, row=row, whole=True)
    elif not attached:
        yield file.refuse("text.empty", "the message has no text", row=row, field="text", fix="Leave it out")
    for name, inner in attached:
        yield from _attachment(file, file.inside(*([row] if row else []), name), inner, allowance, parse)


def _check(message: EmailMessage) -> None:
    """Raises `CellError` for a message without headers, one that is encrypted, and one with damage in its structure."""
    if not any(message[name] for name in ("From", "Date", "Subject", "To", "Message-ID")):
        fix = "Save the message from the mail program, with its headers"
        raise CellError("mail.broken", "it has no headers of a message", fix=fix)
    if message.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime"):
        fix = "Save a decrypted copy"
        raise CellError("mail.locked", "the message is encrypted", fix=fix)
    for part in message.walk():
        if not part.is_multipart():
            part.get_payload(decode=True)  # what is wrong with a part's bytes shows only now
        for defect in part.defects:
            if type(defect) in DAMAGE:
                fix = "Save the message again from the mail program"
                raise CellError("mail.broken", f"the message is damaged: {DAMAGE[type(defect)]}", fix=fix)


def _cells(message: EmailMessage) -> dict[str, object]:
    headers = list(message.items())[:HEADERS_LIMIT]
    cells: dict[str, object] = {}
    for name, value in headers:
        cells[name.lower()] = f"{cells[name.lower()]}, {value}" if name.lower() in cells else str(value)
    recipients = [str(message[name]) for name in ("To", "Cc") if message[name]]
    cells |= {"title": str(message["Subject"] or "").strip(), "sender": str(message["From"] or "")}
    cells |= {"recipients": ", ".join(recipients), "text": _body(message)}
    date: Any = message["Date"]
    if date is not None:
        cells["effective_date"] = date.datetime.date() if date.datetime is not None else str(date)
    return cells


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content(errors="strict"))
        html = part.get_content_type() == "text/html"
        text = text_of_letter(text) if html else text
    except (UnicodeDecodeError, LookupError) as error:
        reason = f"its text is not {part.get_content_charset() or 'ASCII'}: {error}"
        fix = "Save the message again from the mail program"
        raise CellError("mail.encoding", reason, column="text", fix=fix) from None
    except AssertionError as error:
        raise CellError("mail.broken", f"its HTML is damaged: {error}", column="text", fix="Leave it out") from None
    return text.replace("\r\n", "\n").strip("\n")


def _attached(message: EmailMessage, encoding: str) -> Iterator[tuple[str, bytes]]:
    """Each attachment's name, which no other has, and its bytes."""
    names: set[str] = set()
    for number, part in enumerate(message.iter_attachments(), start=1):
        if part.get_content_maintype() == "image" and part["Content-ID"]:
            continue  # a logo or another picture that the letter shows in its text
        name = _name(part, number, names)
        names.add(name)
        yield name, _content(part, encoding)


def _attachment(
    file: SourceFile, name: str, content: bytes, allowance: Allowance, parse: Parse
) -> Iterator[RawRecord | Refusal]:
    place = SourceFile(source=file.source, path=file.path, name=name)
    refusal = _unwanted(place, content, allowance)
    if refusal is not None:
        yield refusal
        return
    allowance.files, allowance.unpacked_bytes = allowance.files - 1, allowance.unpacked_bytes - len(content)
    yield from parse_contained(file, allowance, name, io.BytesIO(content), parse)


def _unwanted(place: SourceFile, content: bytes, allowance: Allowance) -> Refusal | None:
    if place.source.task is not None:
        fix = "Name the mailbox as a second source, without a task, to have its attachments as documents"
        return place.refuse("mail.attachment", "the message is the example, its attachment is not read", fix=fix)
    if allowance.files < 1 or len(content) > allowance.unpacked_bytes:
        fix = "Save the attachments in a folder and name it as a source"
        return place.refuse("mail.too_many", f"so many attachments are not read: {quoted(place.name)}", fix=fix)
    return None


def _name(part: EmailMessage, number: int, taken: set[str]) -> str:
    """What the attachment is called, without any folder; by its number where it has no name, or one that is taken."""
    written = re.split(r"[/\\]", part.get_filename() or "")[-1].replace("\0", "").strip()
    if not written:
        kind = part.get_content_type()
        written = f"attachment-{number}{ENDINGS.get(kind, '.' + kind.rpartition('/')[2])}"
    return written if written not in taken else f"{number}-{written}"


def _content(part: EmailMessage, encoding: str) -> bytes:
    """The attachment's bytes; a text in the encoding that the source's files have, as far as it goes into that one."""
    if part.get_content_type() == "message/rfc822":
        inner: Any = part.get_payload()
        return bytes(inner[0].as_bytes())
    content: Any = part.get_payload(decode=True)
    charset = part.get_content_charset()
    if charset is not None and part.get_content_maintype() == "text" and isinstance(content, bytes):
        try:
            return content.decode(charset).encode(encoding)
        except (LookupError, UnicodeError):
            return content
    return content if isinstance(content, bytes) else b""
