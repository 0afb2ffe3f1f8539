"""SQL databases through SQLAlchemy: one query a source, read and never written.

The query must be one SELECT (`select_only`). It runs in a transaction that the database itself holds to reading, where
it knows such a thing (`READ_ONLY`), and that is rolled back. An SQLite file is opened for reading alone and must exist.
Rows are streamed, a block at a time, into a temporary file of JSON Lines: a list of the columns first, then `{"cells"}`
or, for what cannot be brought in, `{"refused"}`. That file is what is hashed and read (`parsers.query_rows`), so that
all of a run sees one state of the database.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from luthier.config import Source
from luthier.errors import RequestError
from luthier.records import Refusal
from luthier.sources.connectors.select_only import why_not_select
from luthier.sources.raw import SourceFile

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

BLOCK_ROWS = 1000
VARIABLE = re.compile(r"\$\{(\w+)\}")
READ_ONLY = {  # said at the start of the transaction, or before it
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
IN_MEMORY = (None, "", ":memory:")


def run_query(source: Source, root: Path, scratch: Path) -> SourceFile | Refusal:
    """What a source's query finds, as a file in `scratch`; a refusal where the database does not answer.

    Raises `RequestError` for a query that does more than read, and for a URL that nothing can be made of.
    """
    query, name = source.query or "", f"sql:{source.name}"
    problem = why_not_select(query)
    if problem is not None:
        fix = "Write one SELECT, or WITH … SELECT; nothing else is run"
        raise _wrong(source, f"the query does not only read: {problem}", fix)
    url = database_url(source, root)
    engine = _engine(source, url)
    file = SourceFile(source=source, path=scratch / f"{source.name}.jsonl", name=name)
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with file.path.open("w", encoding="utf-8") as spool:
            _spool(engine, query, spool)
    except (SQLAlchemyError, OSError, UnicodeError, ValueError) as error:
        return _failed(file, url, error)
    finally:
        engine.dispose()
    return file


def database_url(source: Source, root: Path) -> URL:
    """The source's URL with its variables filled in; an SQLite file is opened for reading, relative to the project."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(_filled(source))
    except (ArgumentError, ValueError):
        fix = "Write it as dialect+driver://user:${PASSWORD}@host:port/database"
        raise _wrong(source, "the url is not one that SQLAlchemy can read", fix) from None
    if url.get_backend_name() != "sqlite" or url.database in IN_MEMORY or url.query.get("mode") == "memory":
        return url
    if url.query.get("uri") == "true":
        return url.update_query_dict({"mode": "ro"})  # else SQLite makes the file that is not there
    path = root.absolute() / str(url.database)
    if not path.is_file():
        fix = "Correct sources.url; it is relative to the folder that holds luthier.yaml"
        raise _wrong(source, f"there is no database {url.database}", fix)
    return url.set(database=f"file:{quote(str(path))}", query={**url.query, "mode": "ro", "uri": "true"})


def _filled(source: Source) -> str:
    """The URL with each `${NAME}` replaced; in the part with user and password, escaped as a URL wants it."""
    url = source.url or ""
    account, at, rest = url.rpartition("@")

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            fix = f"Set it before running, such as with `export {match[1]}=…`"
            raise _wrong(source, f"the url names the environment variable {match[1]}, which is not set", fix)
        return found

    return VARIABLE.sub(lambda match: quote(value(match), safe="+"), account) + at + VARIABLE.sub(value, rest)


def _engine(source: Source, url: URL) -> Engine:
    from sqlalchemy import create_engine, pool
    from sqlalchemy.exc import NoSuchModuleError

    try:
        return create_engine(url, poolclass=pool.NullPool)
    except NoSuchModuleError:
        fix = "Write a dialect that SQLAlchemy knows, such as postgresql, mysql or sqlite, or install its package"
        raise _wrong(source, f"SQLAlchemy knows no database '{url.drivername}'", fix) from None
    except ModuleNotFoundError as error:
        fix = f"Install it: pip install {error.name}"
        raise _wrong(source, f"the driver '{error.name}' for {url.drivername} is not installed", fix) from None


def _spool(engine: Engine, query: str, spool: TextIO) -> None:
    with engine.connect() as connection:
        begin_read_only(connection)
        streamed = connection.execution_options(stream_results=True, yield_per=BLOCK_ROWS)
        result = streamed.exec_driver_sql(query)  # as it stands: a colon or a percent sign in it is no parameter
        columns = list(result.keys())
        _write(spool, columns)
        for row in result:
            _write(spool, _row(columns, row))
        connection.rollback()


def begin_read_only(connection: Connection) -> None:
    """Has the database itself refuse to write in this transaction, where it can."""
    statement = READ_ONLY.get(connection.dialect.name)
    if statement is not None:
        connection.exec_driver_sql(statement)


def _row(columns: list[str], values: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        try:
            cells[column] = _plain(value)
        except TypeError:
            return {"refused": f"the column holds {type(value).__name__}, which is no text", "field": column}
    return {"cells": cells}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; a time stamp at midnight is its date. Raises `TypeError` for what is no text."""
    if isinstance(value, dt.datetime) and value.time() == dt.time() and value.tzinfo is None:
        value = value.date()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (Decimal, uuid.UUID, dt.timedelta)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    raise TypeError


def _write(spool: TextIO, content: Any) -> None:
    spool.write(json.dumps(content) + "\n")


def _failed(file: SourceFile, url: URL, error: Exception) -> Refusal:
    said = str(getattr(error, "orig", None) or error).strip()
    first = next(iter(said.splitlines()), type(error).__name__)
    if url.password:
        first = first.replace(str(url.password), "***")
    reason = f"the database did not answer the query: {first}"
    return file.refuse("sql.failed", reason, fix="Correct sources.query or sources.url, or see to the database")


def _wrong(source: Source, what: str, fix: str) -> RequestError:
    return RequestError(f"source '{source.name}': {what}", where="luthier.yaml", fix=fix)


def spooled(path: Path) -> Iterator[Any]:
    """The lines of a temporary file of `run_query`, decoded: the columns, then the rows."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
