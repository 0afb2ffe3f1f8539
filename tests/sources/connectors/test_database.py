"""SQL databases: one query that only reads, tried on SQLite."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from luthier.config import Config, Source
from luthier.errors import RequestError
from luthier.sources.connectors.database import begin_read_only, database_url
from luthier.sources.connectors.select_only import why_not_select

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

ASKED = "SELECT no, text, label, valid FROM messages ORDER BY no"
FIELDS = {"inputs": {"note": "text"}, "target": "label", "id": "no"}


def fill(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE messages (no INTEGER, text TEXT, label TEXT, valid TEXT, scan BLOB)")
        rows = [
            (7, "Where is my card?", "card_arrival", "2026-01-31", b"\1"),
            (8, "It's gone: 100% sure", "lost_card", None, None),
            (9, "", "lost_card", "soon", None),
        ]
        database.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", rows)
    database.close()


def source(**settings: Any) -> dict[str, Any]:
    return {"name": "asked", "format": "sql", "url": "sqlite:///desk.db", "query": ASKED, **settings}


def test_a_querys_rows_become_examples_and_a_bad_one_is_refused_by_its_row(desk: Desk) -> None:
    fill(desk.root / "desk.db")
    outcome = desk.ingest(source(task="intent", fields=FIELDS))
    assert [(e.id, e.inputs["note"], e.target.labels, str(e.source)) for e in outcome.examples] == [
        ("asked:7", "Where is my card?", ("card_arrival",), "sql:asked, row 1"),
        ("asked:8", "It's gone: 100% sure", ("lost_card",), "sql:asked, row 2"),
    ]
    assert [(r.file, r.row, r.code, r.field) for r in outcome.refusals] == [("sql:asked", 3, "input.empty", "text")]


def test_rows_with_a_text_become_documents_with_their_dates(desk: Desk) -> None:
    fill(desk.root / "desk.db")
    outcome = desk.ingest(source(fields={"text": "text", "effective_date": "valid"}))
    assert [(d.text, d.effective_date) for d in outcome.documents] == [
        ("Where is my card?", dt.date(2026, 1, 31)),
        ("It's gone: 100% sure", None),
    ]
    assert [r.code for r in outcome.refusals] == ["text.empty"]


def test_bytes_missing_columns_and_no_rows_are_refused(desk: Desk) -> None:
    fill(desk.root / "desk.db")
    fields = {"text": "text"}

    def codes(query: str, **settings: Any) -> list[tuple[int | None, str, str | None]]:
        more = {"name": "more", "path": "a.txt"}  # a source that gives a record, so that the run goes on
        desk.write("a.txt", "Text")
        outcome = desk.ingest(source(query=query, fields=fields, **settings), more)
        return [(r.row, r.code, r.field) for r in outcome.refusals]

    assert codes("SELECT text, scan FROM messages WHERE no < 9 ORDER BY no") == [(1, "value.binary", "scan")]
    assert codes("SELECT no FROM messages") == [(None, "column.missing", "text")]
    assert codes("SELECT text FROM messages WHERE no > 9") == [(None, "file.empty", None)]
    assert codes("SELECT text FROM nowhere") == [(None, "sql.failed", None)]


def test_the_same_content_is_the_same_artefact_and_other_content_another(desk: Desk) -> None:
    fill(desk.root / "desk.db")
    described = source(task="intent", fields=FIELDS)
    first = desk.ingest(described).artefact.key
    assert desk.ingest(described).artefact.key == first
    with sqlite3.connect(desk.root / "desk.db") as database:
        database.execute("UPDATE messages SET text = 'Other' WHERE no = 7")
    database.close()
    assert desk.ingest(described).artefact.key != first


def test_many_rows_are_streamed_in_blocks(desk: Desk) -> None:
    with sqlite3.connect(desk.root / "desk.db") as database:
        database.execute("CREATE TABLE messages (text TEXT)")
        database.executemany("INSERT INTO messages VALUES (?)", ((f"Row {n}",) for n in range(2500)))
    database.close()
    outcome = desk.ingest(source(query="SELECT text FROM messages ORDER BY rowid", fields={"text": "text"}))
    assert [d.text for d in outcome.documents] == [f"Row {n}" for n in range(2500)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM t",
        "select a from t;",
        "-- the fees\nWITH x AS (SELECT 1) SELECT * FROM x /* done */",
        "SELECT 'DELETE; it''s' AS a, \"update\" FROM t",
        "SELECT replace(a, 'x', 'y'), insert(a, 1, 2, 'x') FROM t",
        "SELECT a FROM t WHERE b = $$ ; drop $$",
        "SELECT [a b] FROM t # what is in force: it's little",
    ],
)
def test_one_select_is_let_through(query: str) -> None:
    assert why_not_select(query) is None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "it holds no statement"),
        ("-- SELECT", "it holds no statement"),
        ("DELETE FROM t", "it begins with DELETE, not with SELECT or WITH"),
        ("PRAGMA writable_schema = 1", "it begins with PRAGMA, not with SELECT or WITH"),
        ("SELECT 1; DROP TABLE t", "it holds more than one statement"),
        ("SELECT 1;;", "it holds more than one statement"),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "it holds the word DELETE, which writes or locks"),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "it holds the word INSERT, which writes or locks"),
        ("SELECT * INTO u FROM t", "it holds the word INTO, which writes or locks"),
        ("SELECT * FROM t FOR UPDATE", "it holds the word UPDATE, which writes or locks"),
        ("SELECT 1 /*! ; DROP TABLE t */", "it holds a comment that MySQL runs"),
        ("SELECT 'a\\' ; DROP TABLE t; --'", "a text in it holds a backslash, which databases read in different ways"),
        (
            "SELECT 5 # 1; DROP TABLE t",  # in PostgreSQL the # is an operator, and two statements stand here
            "it holds a # before a semicolon, which begins a comment in MySQL and is an operator elsewhere",
        ),
        (
            "SELECT ARRAY[']']; DROP TABLE t --']",  # as is the bracket an array
            "square brackets in it hold a quote, which databases read in different ways",
        ),
        ("SELECT 'a", "a ' is opened and never closed"),
    ],
)
def test_whatever_else_is_told_why_it_is_not_run(desk: Desk, query: str, reason: str) -> None:
    assert why_not_select(query) == reason
    fill(desk.root / "desk.db")
    with pytest.raises(RequestError, match="does not only read"):
        desk.ingest(source(query=query, fields={"text": "text"}))


def test_the_database_itself_refuses_to_write(desk: Desk) -> None:
    fill(desk.root / "desk.db")
    with create_engine(f"sqlite:///{desk.root}/desk.db").connect() as connection:
        begin_read_only(connection)
        with pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("DELETE FROM messages"))
    opened = database_url(Source.model_validate(source()), desk.root)
    with (
        create_engine(opened).connect() as connection,
        pytest.raises(OperationalError, match="readonly"),
    ):
        connection.execute(text("DELETE FROM messages"))


def test_a_database_that_is_not_there_is_an_error_of_the_request_and_is_not_made(desk: Desk) -> None:
    with pytest.raises(RequestError, match=r"there is no database desk\.db"):
        desk.ingest(source(fields={"text": "text"}))
    assert not (desk.root / "desk.db").exists()


def test_variables_of_the_environment_fill_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "p@ss:w/rd +1")
    monkeypatch.setenv("DESK_HOST", "db.example.com")
    url = database_url(Source.model_validate(source(url="postgresql://app:${DESK_PASSWORD}@${DESK_HOST}/desk")), Path())
    assert (url.password, url.host, url.database) == ("p@ss:w/rd +1", "db.example.com", "desk")
    monkeypatch.setenv("DESK_URL", "mysql://u:p@h/d")
    assert database_url(Source.model_validate(source(url="${DESK_URL}")), Path()).host == "h"
    monkeypatch.delenv("DESK_PASSWORD")
    with pytest.raises(RequestError, match="environment variable DESK_PASSWORD, which is not set"):
        database_url(Source.model_validate(source(url="postgresql://app:${DESK_PASSWORD}@h/d")), Path())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("no url", "the url is not one that SQLAlchemy can read"),
        ("nosuch://h/d", "SQLAlchemy knows no database 'nosuch'"),
        ("postgresql+asyncpg://h/d", "the driver 'asyncpg' for postgresql\\+asyncpg is not installed"),
    ],
)
def test_a_url_that_leads_nowhere_says_so(desk: Desk, url: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        desk.ingest(source(url=url, fields={"text": "text"}))


@pytest.mark.parametrize(
    ("described", "mistake"),
    [
        ({"format": "sql", "query": "SELECT 1"}, "sources.0.url is missing: format 'sql' needs it"),
        ({"format": "sql", "url": "sqlite:///a", "query": "SELECT 1", "path": "a"}, "sources.0.path means nothing"),
        ({"path": "a.csv", "query": "SELECT 1"}, "sources.0.query means nothing with format 'auto'"),
        ({}, "sources.0.path is missing: format 'auto' needs it"),
        ({"path": "a.csv", "format": "csv", "sheet": "A"}, "sources.0.sheet means nothing with format 'csv'"),
        ({"format": "sql", "url": "mysql://u:secret@h/d", "query": "SELECT 1"}, "sources.0.url holds a password"),
    ],
)
def test_settings_that_do_not_go_together_are_mistakes(described: dict[str, Any], mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        Config.model_validate({"name": "Desk", "tasks": {}, "sources": [{"name": "a", **described}]})


def test_a_database_that_is_not_there_is_not_made_by_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    asked = Source.model_validate(source(url=f"sqlite:///file:{path}?uri=true", fields={"text": "text"}))
    with pytest.raises(OperationalError), create_engine(database_url(asked, tmp_path)).connect():
        pass
    assert not path.exists()
