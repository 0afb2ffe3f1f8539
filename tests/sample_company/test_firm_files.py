import json
import re

import docx
import pypdf
import pytest
from firm import SEED, firm, read_jsonl

from luthier import sample_company
from luthier.errors import RequestError
from luthier.sample_company.wealth_desk.documents import MOST_CLIENTS, write_documents
from luthier.sample_company.wealth_desk.examples import summary_example

LABEL = "Generated sample data"


def read(path):
    """A file's whole text, page footers included."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".docx":
        document = docx.Document(path)
        cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
        footer = [paragraph.text for paragraph in document.sections[0].footer.paragraphs]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells, *footer])
    return path.read_text(encoding="utf-8")


def test_every_file_is_labelled_as_generated():
    files = [path for path in firm()[0].rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".pdf", ".docx", ".csv", ".jsonl", ".md", ".html", ".txt"}
    assert [path.name for path in files if LABEL not in read(path)] == []


def test_every_row_of_every_table_is_labelled():
    for path in (firm()[0] / "data").rglob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert text.count(LABEL) >= len(text.splitlines()) / 10, path  # statements run over several lines
    assert all(LABEL in row["notice"] for row in read_jsonl(firm()[0] / "truth.jsonl"))


def test_a_statement_in_any_format_adds_up():
    folder = firm()[0] / "data" / "statements"
    assert len(list(folder.iterdir())) == MOST_CLIENTS * 2 // 3
    for path in folder.iterdir():
        flat = " ".join(read(path).split())
        *weights, total_weight = [int(number) for number in re.findall(r"(\d+)%", flat)]
        *values, total = [int(number) for number in re.findall(r"EUR (\d+)k", flat)]
        assert sum(weights) == total_weight == 100
        assert sum(values) == total


def test_papers_are_capped_however_many_clients_there_are():
    counts = firm()[1]["documents"]
    assert firm()[1]["clients"] > MOST_CLIENTS
    assert counts["letters"] == MOST_CLIENTS
    assert counts["statement_pdfs"] + counts["statement_docx"] + counts["statement_rows"] == MOST_CLIENTS


def test_the_same_facts_give_the_same_bytes(tmp_path):
    made = [summary_example(SEED, number) for number in (0, 1, 3)]
    visits = [(one.client, one.facts) for one in made]
    for name in ("first", "second"):
        write_documents(tmp_path / name, SEED, visits)
    for path in (tmp_path / "first").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


def test_truth_lies_outside_the_ingested_folder():
    assert (firm()[0] / "truth.jsonl").exists()
    assert not list((firm()[0] / "data").rglob("truth*"))


@pytest.mark.parametrize(("name", "examples"), [("bakery", 700), ("wealth_desk", 199), ("wealth_desk", 20_001)])
def test_an_unknown_firm_or_size_is_refused_before_anything_is_written(tmp_path, name, examples):
    with pytest.raises(RequestError):
        sample_company.generate(name, tmp_path / "out", examples=examples)
    assert not (tmp_path / "out").exists()


def test_the_summary_can_be_printed_as_json():
    assert json.loads(json.dumps(firm()[1])) == firm()[1]
