"""Plain text, Markdown and HTML: a file is a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trafilatura

from luthier.sources.parsers import text as text_parser

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def test_plain_text_is_kept_as_it_is_with_line_feeds(desk: Desk) -> None:
    desk.write("a.txt", "\ufeffFirst line\r\n\r\n  Second\rThird\n")
    (raw,), refusals = desk.parse("a.txt")
    assert raw.cells == {"text": "First line\n\n  Second\nThird\n"}
    assert (raw.row, raw.media_type, refusals) == (None, "text/plain", [])


def test_front_matter_is_read_as_written_and_taken_off_the_text(desk: Desk) -> None:
    desk.write(
        "a.md",
        "---\ntitle: Fee policy\neffective_date: 2026-02-30\nsegment: yes\nversions: [1, 2]\n---\n# Fees\n\nNone.\n",
    )
    (raw,), _ = desk.parse("a.md")
    # YAML 1.1 would make a boolean of `yes` and an error of the date; both stay the words that somebody wrote.
    assert raw.cells == {
        "title": "Fee policy",
        "effective_date": "2026-02-30",
        "segment": "yes",
        "versions": ["1", "2"],
        "text": "# Fees\n\nNone.\n",
    }


def test_without_a_title_the_first_heading_is_the_title_and_stays_in_the_text(desk: Desk) -> None:
    desk.write("a.md", "Intro\n\n## Small\n\n# Fee policy #\n\nNone.\n")
    (raw,), _ = desk.parse("a.md")
    assert raw.cells["title"] == "Fee policy"
    assert "# Fee policy #" in str(raw.cells["text"])


def test_rules_of_hyphens_that_open_a_text_are_no_front_matter(desk: Desk) -> None:
    text = "---\nA sentence between two rules\n---\nMore.\n"
    desk.write("a.md", text)
    assert desk.parse("a.md")[0][0].cells == {"text": text}


def test_broken_front_matter_is_refused_with_its_line(desk: Desk) -> None:
    desk.write("a.md", "---\ntitle: Fees\nnote: this: that\n---\nText\n")
    raw, (refusal,) = desk.parse("a.md")
    assert raw == []
    assert refusal.code == "markdown.front_matter"
    assert "on line 3" in refusal.reason  # the opening hyphens are line 1


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_empty_binary_and_wrongly_encoded_files_are_refused(desk: Desk, name: str) -> None:
    expected = {
        b"": "file.empty",
        b"%PDF-1.7\n": "format.mismatch",
        "Prämie für Jürgen".encode("latin-1"): "text.encoding",
    }
    for content, code in expected.items():
        desk.write(name, content)
        raw, refusals = desk.parse(name)
        assert (raw, [r.code for r in refusals]) == ([], [code])


def test_front_matter_nested_beyond_all_reading_is_refused(desk: Desk) -> None:
    desk.write("a.md", "---\na: " + "[" * 5000 + "\n---\nText\n")
    assert [r.code for r in desk.parse("a.md")[1]] == ["markdown.front_matter"]


def test_the_offset_of_a_wrong_byte_is_right_beyond_the_first_chunk_and_across_its_edge(desk: Desk) -> None:
    # A chunk is 2**20 bytes; "é" (2 bytes) is cut by its edge, and the wrong byte comes 3 bytes later, on line 2.
    desk.write("a.txt", b"a" * (2**20 - 1) + "é\n".encode() + b"ab\xff")
    (refusal,) = desk.parse("a.txt")[1]
    assert refusal.reason.startswith(f"byte {2**20 - 1 + 3 + 2} (line 2) is not utf-8")


def test_a_text_longer_than_any_document_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_parser, "LINE_LIMIT", 1000)
    desk.write("a.txt", "x" * 1000)
    desk.write("b.txt", "x" * 1001)
    assert len(desk.parse("a.txt")[0]) == 1
    assert [r.code for r in desk.parse("b.txt")[1]] == ["file.too_large"]


ARTICLE = " ".join(["Custody fees are charged each quarter on the average value of the portfolio."] * 8)


def test_html_keeps_the_main_text_and_the_title_and_leaves_scripts_out(desk: Desk) -> None:
    desk.write(
        "a.html",
        "<html><head><title>Fee\n policy</title><script>var secret = 1</script><style>p {}</style></head><body>"
        f"<article><h1>Fees</h1><p>{ARTICLE}</p><table><tr><th>Segment</th><th>Fee</th></tr>"
        f"<tr><td>Retail</td><td>0.3%</td></tr></table><p>{ARTICLE}</p></article></body></html>",
    )
    (raw,), refusals = desk.parse("a.html")
    text = str(raw.cells["text"])
    assert raw.cells["title"] == "Fee policy"
    assert ARTICLE in text and "Retail" in text and "0.3%" in text
    assert "secret" not in text
    assert refusals == []


def test_a_page_in_which_trafilatura_finds_nothing_gives_all_its_visible_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trafilatura, "extract", lambda *_, **__: None)
    desk.write(
        "a.html",
        "<title>Fees</title><p>Fee: <b>0</b>.3&nbsp;%</p><ul><li>Retail</li><li>Private</li></ul><script>x</script>",
    )
    (raw,), _ = desk.parse("a.html")
    assert raw.cells == {"title": "Fees", "text": "Fee: 0.3 %\nRetail\nPrivate"}


def test_a_page_that_is_all_menu_still_gives_its_words(desk: Desk) -> None:
    desk.write("a.html", "<nav><a>Fees</a></nav><footer>Valid to 2027</footer>")
    (raw,), _ = desk.parse("a.html")
    assert str(raw.cells["text"]).split() == ["Fees", "Valid", "to", "2027"]


def test_markup_that_no_parser_gets_past_is_refused(desk: Desk) -> None:
    desk.write("a.html", "<p>Fees</p><![nonsense <p>More</p>")
    assert [r.code for r in desk.parse("a.html")[1]] == ["html.broken"]
    desk.write("b.html", "<p>Fees</p><![if !supportLists]>More<![endif]>")  # what word processors write is known
    assert "More" in str(desk.parse("b.html")[0][0].cells["text"])


def test_a_page_without_text_is_refused(desk: Desk) -> None:
    desk.write("a.html", "<html><head><title>Nothing</title></head><body><img src=x></body></html>")
    assert [r.code for r in desk.parse("a.html")[1]] == ["file.empty"]


def test_an_xml_declaration_with_an_encoding_does_not_disturb(desk: Desk) -> None:
    desk.write("a.xhtml", f'<?xml version="1.0" encoding="utf-8"?><html><body><p>Gebühr. {ARTICLE}</p></body></html>')
    (raw,), _ = desk.parse("a.xhtml")
    assert str(raw.cells["text"]).startswith("Gebühr.")


@pytest.mark.parametrize("name", ["a.xyz", "a.json", "README", "a.txtt"])
def test_an_unknown_ending_is_refused_and_a_named_format_overrules_the_ending(desk: Desk, name: str) -> None:
    desk.write(name, "Some words.")
    raw, (refusal,) = desk.parse(name)
    assert (raw, refusal.code) == ([], "format.unknown")
    assert "Set `format`" in (refusal.fix or "")
    assert len(desk.parse(name, format="text")[0]) == 1


def test_a_file_that_is_gone_when_it_is_read_is_refused(desk: Desk) -> None:
    (refusal,) = desk.parse("gone.txt")[1]
    assert refusal.code == "file.unreadable"
    assert "No such file" in refusal.reason
