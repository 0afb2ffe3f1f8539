"""ZIP archives: members read like files, and archives made to harm."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest
from made_pdf import pdf

from luthier.sources.parsers import contained

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return buffer.getvalue()


def test_members_are_read_like_files_and_named_below_the_archive(desk: Desk) -> None:
    inner = packed(("deep.md", b"---\ntitle: Deep\n---\nInner text"))
    desk.write(
        "post.zip",
        packed(
            ("letters/", b""),
            ("letters/a.txt", b"Dear Ann"),
            ("letters/b.pdf", pdf("A page")),
            ("inner.zip", inner),
            ("letters/.DS_Store", b"x"),
            ("__MACOSX/letters/a.txt", b"x"),
            ("odd.xyz", b"x"),
        ),
    )
    outcome = desk.ingest({"name": "post", "path": "post.zip"})
    assert [(str(d.source), d.text) for d in outcome.documents] == [
        ("post.zip/letters/a.txt", "Dear Ann"),
        ("post.zip/letters/b.pdf", "A page"),
        ("post.zip/inner.zip/deep.md", "Inner text"),
    ]
    assert [(r.file, r.code) for r in outcome.refusals] == [("post.zip/odd.xyz", "format.unknown")]


def test_tables_in_an_archive_give_examples_by_their_rows(desk: Desk) -> None:
    table = b"text,label\nWhere is my card?,card_arrival\nWhat?,nonsense\n"
    desk.write("data.zip", packed(("a.csv", table)))
    fields = {"inputs": {"note": "text"}, "target": "label"}
    outcome = desk.ingest({"name": "asked", "path": "data.zip", "format": "zip", "task": "intent", "fields": fields})
    assert [str(e.source) for e in outcome.examples] == ["data.zip/a.csv, row 1"]
    assert [(r.file, r.row, r.code) for r in outcome.refusals] == [("data.zip/a.csv", 2, "label.unknown")]


@pytest.mark.parametrize(
    "name", ["../a.txt", "/etc/a.txt", "x/../../a.txt", "C:\\a.txt", "..\\a.txt", "\\\\host\\a.txt"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused_by_it(desk: Desk, name: str) -> None:
    desk.write("a.zip", packed((name, b"harm"), ("good.txt", b"Good")))
    raw, (refusal,) = desk.parse("a.zip")
    assert [r.cells["text"] for r in raw] == ["Good"]
    assert (refusal.file, refusal.code) == (f"a.zip/{name}", "archive.path")
    assert sorted(p.name for p in desk.root.rglob("*") if p.is_file()) == ["a.zip"]


def test_links_locked_and_repeated_members_are_refused_by_name(desk: Desk) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed((link, b"/etc/passwd"), ("a.txt", b"One"), ("a.txt", b"Two"), ("locked.txt", b"Secret"))
    at = content.rindex(b"PK\x01\x02")  # the last entry of the directory: its flags lie 8 bytes on
    content = content[: at + 8] + b"\x01" + content[at + 9 :]
    desk.write("a.zip", content)
    raw, refusals = desk.parse("a.zip")
    assert [r.cells["text"] for r in raw] == ["One"]
    assert [(r.file, r.code) for r in refusals] == [
        ("a.zip/link.txt", "archive.link"),
        ("a.zip/a.txt", "archive.repeated"),
        ("a.zip/locked.txt", "archive.locked"),
    ]


def test_a_bomb_is_refused_by_its_ratio_and_nothing_of_it_is_unpacked(desk: Desk) -> None:
    # 8 MiB of zeros pack about a thousand times; 0.5 MiB of them is small enough to harm nobody.
    desk.write("a.zip", packed(("bomb.txt", b"0" * 2**23), ("small.txt", b"0" * 2**19)))
    raw, (refusal,) = desk.parse("a.zip")
    assert (refusal.file, refusal.code, len(raw)) == ("a.zip/bomb.txt", "archive.ratio", 1)


def test_size_number_and_depth_are_limited_over_all_archives_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"".join(b"%d words of it. " % n for n in range(400))
    inner = packed(("b.txt", text), ("c.txt", text))
    monkeypatch.setattr(contained, "UNPACKED_LIMIT", 2 * len(text) + len(inner))
    desk.write("large.zip", packed(("a.txt", text), ("inner.zip", inner)))
    raw, (refusal,) = desk.parse("large.zip")
    assert (len(raw), refusal.file, refusal.code) == (2, "large.zip/inner.zip/c.txt", "archive.too_large")
    monkeypatch.setattr(contained, "FILES_LIMIT", 3)
    desk.write("many.zip", packed(("a.txt", b"A"), ("inner.zip", packed(("b.txt", b"B"), ("c.txt", b"C")))))
    raw, (refusal,) = desk.parse("many.zip")
    assert (len(raw), refusal.file, refusal.code) == (1, "many.zip/inner.zip", "archive.too_many")
    monkeypatch.undo()
    nested = packed(("a.txt", b"Deep"))
    for depth in range(3):
        nested = packed((f"{depth}.zip", nested))
    desk.write("deep.zip", nested)
    assert [(r.file, r.code) for r in desk.parse("deep.zip")[1]] == [
        ("deep.zip/2.zip/1.zip/0.zip", "contained.too_deep")
    ]


def test_an_archive_that_holds_itself_ends(desk: Desk) -> None:
    content = packed(("a.zip", b""))
    for _ in range(6):
        content = packed(("a.zip", content), ("t.txt", b"Text"))
    desk.write("a.zip", content)
    raw, refusals = desk.parse("a.zip")
    assert len(raw) == contained.DEPTH_LIMIT
    assert [r.code for r in refusals] == ["contained.too_deep"]


def test_damaged_empty_and_foreign_archives_are_told_apart(desk: Desk) -> None:
    whole = packed(("a.txt", b"Some text " * 50), ("b.txt", b"More text"))
    at = whole.index(b"a.txt") + 10
    contents = {
        "half": whole[: len(whole) // 2],
        "none": packed(),
        "folders": packed(("x/", b"")),
        "words": b"Just words",
        "nothing": b"",
        "member": whole[:at] + b"\xff" * 8 + whole[at + 8 :],
    }
    assert desk.refusal_codes(".zip", contents) == {
        "half": ["archive.broken"],
        "none": ["file.empty"],
        "folders": ["file.empty"],
        "words": ["format.mismatch"],
        "nothing": ["file.empty"],
        "member": ["archive.broken"],
    }
    assert [r.cells["text"] for r in desk.parse("member.zip")[0]] == ["More text"]
