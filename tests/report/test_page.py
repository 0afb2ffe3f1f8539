"""The page: one file that loads nothing, escapes everything, and says only what the artefacts say."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from page_reading import Page, page_of
from plotly.offline import get_plotlyjs
from report_project import Project, example, intent_project, interval

from luthier.errors import LuthierError
from luthier.records import Prediction, Target
from luthier.report.page import write_report

HOSTILE = "<script>alert(1)</script><img src=http://x.test/a onerror=alert(2)> </script> {{ 7*7 }} & \"q\" 'p'"


def test_the_page_loads_nothing(project: Project, tmp_path: Path) -> None:
    page = page_of(project, tmp_path)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "video", "audio", "source", "form"}
        assert not {"src", "srcset", "data", "action", "background"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", "".join(page.styles))


def test_every_link_leads_to_a_place_on_the_page(project: Project, tmp_path: Path) -> None:
    page = page_of(project, tmp_path)
    places = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(places) == len(set(places))
    assert {link["href"] for link in page.all("a")} <= {f"#{place}" for place in places}


def test_plotly_is_inside_once_and_the_policy_lets_only_our_scripts_run(project: Project, tmp_path: Path) -> None:
    page = page_of(project, tmp_path)
    code = [content for attributes, content in page.scripts if attributes.get("type") != "application/json"]
    assert len(code) == 2
    assert code[0] == get_plotlyjs()
    (meta,) = page.all("meta", http_equiv="Content-Security-Policy") or [
        m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
    ]
    policy = meta["content"] or ""
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in code}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_texts_from_the_data_stay_texts(tmp_path: Path) -> None:
    project = hostile_project()
    page = page_of(project, tmp_path)
    code = [content for attributes, content in page.scripts if attributes.get("type") != "application/json"]
    assert len(code) == 2
    assert not page.all("img")
    assert "alert(" not in "".join(code[1:])
    shown = " ".join(HOSTILE.split())
    # notice, title, verdict, source text, reference, answers, profile, source name, rule, who opened the seal, settings
    assert page.text.count(shown) >= 12
    for attributes, content in page.scripts:
        if attributes.get("type") == "application/json":
            json.loads(content)  # whole, although the data hold a closing tag


def hostile_project() -> Project:
    project = intent_project(3)
    item = dataclasses.replace(
        example("intent", 0, Target(labels=(HOSTILE,)), message=HOSTILE), profile={"segment": HOSTILE}
    )
    project.examples = [item]
    project.predictions = [
        Prediction(example_id=item.id, task="intent", system=system, labels=(HOSTILE,))
        for system in ("classical", "tuned")
    ]
    project.name, project.report["notice"] = HOSTILE, HOSTILE
    card = project.tasks["intent"]
    card["verdict"] = HOSTILE
    card["choices"] = {"classical": {"method": HOSTILE}}
    card["slices"] = {"segment": {HOSTILE: {"tuned": {**interval(0.9277), "n": 6}}}}
    for system in ("classical", "tuned"):
        card["labels"][system] = {HOSTILE: card["labels"][system]["intent_00"]}
        card["confusion"][system]["labels"] = [HOSTILE, "b", "c"]
    project.opened[0]["who"] = HOSTILE
    project.ingest["sources"][0]["name"] = HOSTILE
    project.curation["rules"][0]["rule"] = HOSTILE
    project.settings[0]["value"] = HOSTILE
    return project


@pytest.mark.parametrize("made", [Project.without_tuned, lambda project: project, lambda _: intent_project()])
def test_every_figure_comes_from_an_artefact(made: Any, project: Project, tmp_path: Path) -> None:
    project = made(project)
    page = page_of(project, tmp_path)
    said = set(re.findall(r"\d\.\d{3}(?!\d)", page.text.replace("below 0.001", "")))
    artefacts = [project.scorecard(), project.training_log, project.settings, project.tune_summary]
    known = {f"{abs(number):.3f}" for number in numbers(artefacts)}
    assert said
    assert said <= known
    whole = {f"{number:,}" for number in numbers([project.curation, project.ingest, project.tune_summary])}
    assert {"131", "120", "61"} <= set(re.findall(r"\d[\d,]*", page.text)) & whole


def numbers(content: Any) -> list[float]:
    """Every number in nested JSON."""
    if isinstance(content, bool) or content is None or isinstance(content, str):
        return []
    if isinstance(content, (int, float)):
        return [content]
    parts = content.values() if isinstance(content, dict) else content
    return [number for part in parts for number in numbers(part)]


def test_another_figure_in_the_scorecard_is_another_figure_on_the_page(project: Project, tmp_path: Path) -> None:
    project.tasks["summary"]["slices"] = {}
    assert "0.543 0.522 to 0.564" in page_of(project, tmp_path / "a").text
    project.tasks["summary"]["systems"]["tuned"]["rougeL"] = {"value": 0.4444, "low": 0.3333, "high": 0.5555}
    text = page_of(project, tmp_path / "b").text
    assert "0.444 0.333 to 0.555" in text
    assert "0.543 0.522 to 0.564" not in text


def test_the_headline_is_tuned_minus_classical_then_few_shot_then_zero_shot(project: Project, tmp_path: Path) -> None:
    text = page_of(project, tmp_path).text
    first = text.index("minus classical +0.211 +0.181 to +0.241 better")
    second = text.index("minus few-shot +0.251 +0.221 to +0.282 better")
    third = text.index("minus zero-shot +0.372 +0.341 to +0.403 better")
    assert first < second < third
    assert "minus classical −0.009 −0.051 to +0.033 no clear difference" in text


def test_targets_are_told_in_words(project: Project, tmp_path: Path) -> None:
    text = page_of(project, tmp_path).text
    assert "1 of 3 targets met, 1 missed, 1 undecided." in text
    assert "Met Tuned: ROUGE-L at least 0.4547. Measured 0.543 (0.522 to 0.564)." in text
    assert "Missed Tuned: F1, macro at least 0.9349." in text
    assert "Undecided Tuned: F1, macro at least 0.8297." in text
    assert "about 131 more items would decide it." in text
    assert "A tuned language model earns its place here." in text
    assert "No tuned language model needed here." in text


def test_what_is_not_there_is_a_dash_with_its_reason(project: Project, tmp_path: Path) -> None:
    text = page_of(project, tmp_path).text
    assert "– items of one group are not independent" in text  # no p value for grouped items
    assert "– never given" in text  # the precision of a label that was never predicted
    assert "– undefined on these items" in text  # a slice without a figure
    assert "– not measured on this machine" in text  # peak memory
    assert "None" not in text


def test_without_a_tuned_system_the_page_says_so(project: Project, tmp_path: Path) -> None:
    page = page_of(project.without_tuned(), tmp_path)
    assert "Nothing tuned was measured here" in page.text
    assert "No tuned system was measured in this cycle." in page.text
    assert "No targets are set." in page.text
    assert "– nothing was tuned in this cycle" in page.text  # the cost of training
    assert "– no price for an hour of this machine is set" in page.text
    assert [plot for plot in page.all("div") if plot.get("data-plot") == "plot-systems-summary"]
    assert not [plot for plot in page.all("div") if plot.get("data-plot") == "plot-training"]


def test_the_notice_stands_above_everything_else(project: Project, tmp_path: Path) -> None:
    assert page_of(project, tmp_path).text.index("Generated sample data") < 100
    project.report = {}
    assert "Generated sample data" not in page_of(project, tmp_path / "b").text


def test_dev_figures_are_called_dev_figures(project: Project, tmp_path: Path) -> None:
    assert "Not a test." not in page_of(project, tmp_path).text
    project.split, project.opened = "dev", []
    text = page_of(project, tmp_path / "b").text
    assert "Not a test. These figures are from the development set" in text
    assert "It has not been opened." in text


def test_items_can_be_read_without_scripts(project: Project, tmp_path: Path) -> None:
    page = page_of(project, tmp_path)
    items = [attributes for attributes in page.all("details") if attributes.get("class") == "item"]
    assert len(items) == 12
    assert not [item for item in items if "hidden" in item]
    assert all("hidden" in group for group in page.all("div", class_="filters"))
    assert page.text.count("Client 5 holds shares and bonds.") == 2  # in the list, and as the source
    assert "drawn by seed 17" in page.text


def test_each_plot_has_its_data_a_summary_and_a_height(project: Project, tmp_path: Path) -> None:
    page = page_of(project, tmp_path)
    drawn = [attributes for attributes in page.all("div") if "data-plot" in attributes]
    data = {attributes["id"] for attributes, _ in page.scripts if "id" in attributes}
    assert {plot["data-plot"] for plot in drawn} == data
    assert {"plot-systems-summary", "plot-systems-flags", "plot-training", "plot-slices-summary-segment"} == data
    assert all(plot["aria-label"] and "height:" in (plot["style"] or "") for plot in drawn)
    assert len(page.all("noscript")) == len(drawn)


def test_many_labels_get_their_worst_pairs_and_a_matrix_that_scrolls(tmp_path: Path) -> None:
    page = page_of(intent_project(77), tmp_path)
    assert "The 15 most frequent mistakes, of 77 kinds" in page.text
    assert "intent_00 intent_01 2 of 39 5.1%" in page.text  # 2 / 39 = 5.13%
    (plot,) = [p for p in page.all("div") if p.get("data-plot") == "plot-confusion-intent-tuned"]
    assert "width:" in (plot["style"] or "")
    assert "Right label (rows) against answer (columns)" not in page.text


def test_few_labels_get_the_whole_matrix_as_a_table_too(tmp_path: Path) -> None:
    assert "Right label (rows) against answer (columns)" in page_of(intent_project(4), tmp_path).text


def test_the_scorecard_is_copied_byte_for_byte(project: Project, tmp_path: Path) -> None:
    store = project.save(tmp_path)
    path = write_report(project.config(), tmp_path, store)
    evaluated = store.require("evaluate", "luthier evaluate")
    assert path == tmp_path / "report" / "index.html"
    assert (tmp_path / "report" / "scorecard.json").read_bytes() == (evaluated.folder / "scorecard.json").read_bytes()
    assert sorted(file.name for file in path.parent.iterdir()) == ["index.html", "model_card.md", "scorecard.json"]


def test_a_report_that_cannot_be_made_leaves_the_older_one(project: Project, tmp_path: Path) -> None:
    store = project.save(tmp_path)
    path = write_report(project.config(), tmp_path, store)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with store.write("evaluate", "e2", {"curate": "c1", "tune": "t1"}) as writer:
        writer.records("predictions", Prediction, project.predictions)
        writer.json("scorecard", {**project.scorecard(), "cycle": "second"})
    with pytest.raises(LuthierError):
        write_report(project.config(), tmp_path, store)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_colours_reach_the_contrast_that_accessibility_asks_for() -> None:
    style = resources.files("luthier.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", style))
    pairs = [("ink", "paper"), ("soft", "paper"), ("faint", "paper"), ("faint", "wash"), ("accent", "paper")]
    pairs += [("ink", "accent-wash"), ("faint", "accent-wash"), ("accent", "accent-wash")]
    pairs += [("met", "met-wash"), ("missed", "missed-wash"), ("open", "open-wash"), ("missed", "accent-wash")]
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_contrast_is_reckoned_as_wcag_does() -> None:
    # Black on white: (1 + .05) / (0 + .05) = 21. Grey #777777: .4667 -> ((.4667 + .055) / 1.055) ** 2.4 = .1845,
    # so 1.05 / .2345 = 4.48, the well-known grey that just fails.
    assert contrast("#000000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two hexadecimal colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_reading_page_is_well_formed() -> None:
    with pytest.raises(AssertionError, match="closes"):
        Page("<div><p></div>")
