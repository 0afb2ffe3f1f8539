"""E-mail: messages and mailboxes, their attachments, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
import io
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from made_pdf import pdf

from luthier.sources.parsers import mail

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def message(text: str | None = "Please call me.", html: str | None = None, **headers: str) -> EmailMessage:
    made = EmailMessage()
    headers = {"Subject": "Fee", "From": "Ann <ann@example.com>", "Date": "Sat, 31 Jan 2026 23:30:00 -0500", **headers}
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if text is not None:
        made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html") if text is not None else made.set_content(html, subtype="html")
    return made


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From ann@example.com Sat Jan 31 23:30:00 2026\n" + content + b"\n" for content in messages)


def test_a_message_is_a_document_with_its_subject_sender_and_day(desk: Desk) -> None:
    desk.write("a.eml", bytes(message("Grüezi,\n\nplease call me.", Subject="Gebühren", To="b@example.com")))
    outcome = desk.ingest({"name": "post", "path": "a.eml", "fields": {"group": "sender", "profile": {"to": "to"}}})
    (document,) = outcome.documents
    assert (document.text, document.title) == ("Grüezi,\n\nplease call me.", "Gebühren")
    assert document.effective_date == dt.date(2026, 1, 31)  # the day it was where it was written, not in UTC
    assert (document.group, document.profile) == ("Ann <ann@example.com>", {"to": "b@example.com"})
    assert document.media_type == "message/rfc822"


def test_the_plain_body_comes_before_html_and_html_becomes_its_text(desk: Desk) -> None:
    page = "<html><head><style>p {}</style></head><body><p>Dear <b>Ben</b>,</p><p>the fee.</p></body></html>"
    desk.write("both.eml", bytes(message("Plain.", page)))
    desk.write("html.eml", bytes(message(None, page)))
    assert desk.parse("both.eml")[0][0].cells["text"] == "Plain."
    assert desk.parse("html.eml")[0][0].cells["text"] == "Dear Ben,\nthe fee."


def test_attachments_are_read_like_files_and_named_below_their_message(desk: Desk) -> None:
    made = message()
    made.add_attachment(pdf("Signed", title="Contract"), maintype="application", subtype="pdf", filename="../c.pdf")
    made.add_attachment("Name;Fee\nA;Gebühr".encode("latin-1"), maintype="text", subtype="csv", filename="f.csv")
    made.get_payload()[-1].set_param("charset", "latin-1")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="photo.png")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png", cid="<logo>")
    made.add_attachment(message("Inner text", Subject="Inner"))
    desk.write("a.eml", bytes(made))
    outcome = desk.ingest({"name": "post", "path": "a.eml"})
    assert [(str(d.source), d.title, d.text) for d in outcome.documents] == [
        ("a.eml", "Fee", "Please call me."),
        ("a.eml/c.pdf", "Contract", "Signed"),
        ("a.eml/f.csv", None, "Name | Fee\nA | Gebühr"),
        ("a.eml/attachment-5.eml", "Inner", "Inner text"),
    ]
    assert [(r.file, r.code) for r in outcome.refusals] == [("a.eml/photo.png", "format.unknown")]
    assert len({d.id for d in outcome.documents}) == 4


def test_a_mailbox_is_read_message_by_message_and_a_bad_one_is_refused_by_its_row(desk: Desk) -> None:
    quoting = message("He wrote:\n\nFrom here on it is quoted.")
    with_file = message("See file.", Subject="File")
    with_file.add_attachment("Notes", filename="n.txt")
    bad_letters = b"Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xff\xfe\n"
    content = mbox(
        bytes(quoting).replace(b"\nFrom here", b"\n>From here"),
        b"no header at all\n",
        bytes(message()).replace(b"Sat, 31 Jan", b"Some day"),
        bad_letters,
        bytes(with_file)[:-20],
        bytes(with_file),
    )
    desk.write("in.mbox", content)
    outcome = desk.ingest({"name": "post", "path": "in.mbox"})
    assert [(str(d.source), d.text) for d in outcome.documents] == [
        ("in.mbox, row 1", "He wrote:\n\nFrom here on it is quoted."),
        ("in.mbox, row 6", "See file."),
        ("in.mbox/6/n.txt", "Notes\n"),
    ]
    assert [(r.row, r.code, r.field) for r in outcome.refusals] == [
        (2, "mail.broken", None),
        (3, "date.invalid", "effective_date"),
        (4, "mail.encoding", "text"),
        (5, "mail.broken", None),
    ]


def test_a_labelled_mailbox_gives_examples_and_names_the_attachments_it_does_not_read(desk: Desk) -> None:
    labelled = message("Where is my card?", X_Label="card_arrival")
    labelled.add_attachment("Notes", filename="n.txt")
    desk.write("in.mbox", mbox(bytes(labelled)))
    fields = {"inputs": {"note": "text"}, "target": "x-label", "group": "sender"}
    outcome = desk.ingest({"name": "post", "path": "in.mbox", "task": "intent", "fields": fields})
    (example,) = outcome.examples
    assert (example.inputs, example.target.labels) == ({"note": "Where is my card?"}, ("card_arrival",))
    assert [(r.file, r.code) for r in outcome.refusals] == [("in.mbox/1/n.txt", "mail.attachment")]


def test_encrypted_wordless_and_foreign_files_are_told_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted = bytes(message()).replace(b"text/plain", b"multipart/encrypted; boundary=x")
    contents = {"a.eml": encrypted, "b.eml": bytes(message("")), "c.eml": b"", "d.eml": b"%PDF-1.7", "e.mbox": b"Hi"}
    for name, content in contents.items():
        desk.write(name, content)
    codes = [desk.parse(name)[1][0].code for name in contents]
    assert codes == ["mail.locked", "text.empty", "file.empty", "format.mismatch", "format.mismatch"]
    monkeypatch.setattr(mail, "MESSAGE_LIMIT", 400)
    desk.write("in.mbox", mbox(bytes(message("x\n" * 400)), bytes(message("Short."))))
    raw, (refusal,) = desk.parse("in.mbox")
    assert ([r.cells["text"] for r in raw], refusal.code, refusal.row) == (["Short."], "file.too_large", 1)


def test_a_name_with_a_nul_in_it_leads_to_a_file_all_the_same(desk: Desk) -> None:
    made = message()
    made.add_attachment("Notes", filename="nXt.tXxt")
    desk.write("a.eml", bytes(made).replace(b"nXt.tXxt", b"n\0t.t\0xt"))
    outcome = desk.ingest({"name": "post", "path": "a.eml"})
    assert [(str(d.source), d.text) for d in outcome.documents] == [
        ("a.eml", "Please call me."),
        ("a.eml/nt.txt", "Notes\n"),
    ]


def test_a_message_that_is_a_picture_in_its_own_text_is_refused_and_not_lost(desk: Desk) -> None:
    made = message(None)
    made.make_mixed()
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", cid="<logo>")
    desk.write("a.eml", bytes(made))
    raw, refusals = desk.parse("a.eml")
    assert (raw, [r.code for r in refusals]) == ([], ["text.empty"])


@pytest.mark.parametrize("seed", range(10))
def test_damage_anywhere_never_stops_the_run(desk: Desk, seed: int) -> None:
    made = message("Text", "<p>Text</p>")
    made.add_attachment(pdf("Signed"), maintype="application", subtype="pdf", filename="c.pdf")
    content = bytearray(bytes(made))
    start = len(content) * seed // 10
    content[start : start + 30] = b"\xff" * 30
    desk.write("a.eml", io.BytesIO(content).getvalue())
    raw, refusals = desk.parse("a.eml")
    assert raw or refusals
