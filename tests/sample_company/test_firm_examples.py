import csv
import re

from firm import EXAMPLES, SEED, firm, rows
from rouge_score import rouge_scorer

from luthier.sample_company.wealth_desk.clients import client_number, family_of
from luthier.sample_company.wealth_desk.examples import risk_example, summary_example
from luthier.sample_company.wealth_desk.files import CEILING_ITEMS
from luthier.sample_company.wealth_desk.phrasings import FAMILIES


def test_an_example_depends_on_its_seed_and_number_alone():
    # made on its own, in another order, it is the row that the firm of 700 holds
    assert [risk_example(SEED, number).row for number in (612, 57)] == [rows("risk")[612], rows("risk")[57]]
    assert [summary_example(SEED, number).row for number in (612, 57)] == [rows("summary")[612], rows("summary")[57]]
    assert risk_example(SEED + 1, 57).row["note"] != rows("risk")[57]["note"]


def test_a_client_has_one_to_three_visits_and_one_family():
    # blocks of six examples belong to three clients: 1 + 2 + 3 visits
    assert [client_number(number) for number in range(7)] == [0, 1, 1, 2, 2, 2, 3]
    families = {}
    for row in [*rows("risk"), *rows("summary")]:
        assert families.setdefault(row["client_id"], row["family"]) == row["family"]


def test_families_have_equal_shares():
    # 60 clients are one round of each series: every family three times
    dealt = [family_of(SEED, number) for number in range(60)]
    assert sorted(dealt) == sorted(FAMILIES * 3)


def test_the_csv_holds_the_same_rows_as_the_json_lines():
    with (firm()[0] / "data" / "examples" / "risk.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == rows("risk")


def test_no_summary_has_a_figure_that_its_inputs_lack():
    for row in rows("summary"):
        given = set(re.findall(r"\d+", row["statement"] + " " + row["note"]))
        for name in ("summary", "summary_alternative"):
            assert set(re.findall(r"\d+", row[name])) <= given, row["id"]


def test_no_summary_names_a_product_that_its_inputs_lack():
    catalogue = (firm()[0] / "data" / "catalogue.csv").read_text(encoding="utf-8").splitlines()[1:]
    products = [line.split(",")[0] for line in catalogue]
    for row in rows("summary"):
        named = {product for product in products if product in row["summary"]}
        assert named
        assert all(product in row["statement"] + row["note"] for product in named)


def test_the_two_references_differ_and_agree_as_far_as_reported():
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
    pairs = [(row["summary"], row["summary_alternative"]) for row in rows("summary")[:CEILING_ITEMS]]
    assert all(first != second for first, second in pairs)
    agreed = sum(scorer.score(first, second)["rougeL"].fmeasure for first, second in pairs) / len(pairs)
    assert abs(agreed - firm()[1]["rouge_ceiling"]["rougeL"]) < 1e-9
    assert 0.70 <= agreed <= 0.80


def test_texts_are_of_the_size_a_small_model_can_learn():
    # a token is about four characters here: 150 tokens of input, 75 of summary
    assert all(len(row["file"] + row["note"]) < 700 for row in rows("risk"))
    assert all(len(row["statement"] + row["note"]) < 700 for row in rows("summary"))
    assert all(150 < len(row["summary"]) < 300 for row in rows("summary"))


def test_the_summary_reports_what_was_written():
    summary = firm()[1]
    assert summary["examples"] == {"summary": EXAMPLES, "risk": EXAMPLES}
    assert summary["clients"] == len({row["client_id"] for row in rows("risk")})
    share = sum("concentration" in row["flags"] for row in rows("risk")) / EXAMPLES
    assert summary["flag_prevalence"]["concentration"] == share
