"""What is seen of a run while it runs."""

from __future__ import annotations

import pytest
from surviving import Runs, at_steps, killed, undefined

from luthier.store.live_log import NAME, append_live, read_live


def test_the_curve_grows_in_the_project_while_the_run_goes_on(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    at_steps({12}, killed, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        runs.go_on()
    lines = read_live(runs.folder("run"))
    assert [line["step"] for line in lines] == [1, 5, 10]
    newest = lines[-1]
    assert newest["steps"] == 15 and newest["loss"] > 0 and newest["seconds_left"] > 0 and newest["written"]
    assert newest["tokens_per_second"] > newest["target_tokens_per_second"] > 0


def test_a_resumed_run_writes_its_steps_once_for_the_reader(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in its 13th step it goes on from 12; the lines of 1, 5 and 10 stay, and 15 comes."""
    with monkeypatch.context() as once:
        at_steps({12}, killed, once)
        with pytest.raises(KeyboardInterrupt):
            runs.go_on()
    runs.go_on()
    assert [line["step"] for line in read_live(runs.folder("run"))] == [1, 5, 10, 15]


def test_what_a_rollback_took_back_is_read_no_more(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    at_steps({11}, undefined, monkeypatch)  # back to 9, after the line of 10
    runs.go_on()
    lines = read_live(runs.folder("run"))
    assert [line.get("step") for line in lines if "event" not in line] == [1, 5, 10, 15]
    (event,) = [line for line in lines if line.get("event") == "rollback"]
    assert event["back_to"] == 9
    assert len((runs.folder("run") / NAME).read_text().splitlines()) == 6


def test_half_a_line_is_no_line(runs: Runs) -> None:
    folder = runs.folder("a")
    append_live(folder, {"step": 1, "loss": 2.0})
    with (folder / NAME).open("a") as stream:
        stream.write('{"step": 5, "lo')
    assert [line["step"] for line in read_live(folder)] == [1]
    append_live(folder, {"step": 5, "loss": 1.0})
    assert [(line["step"], line["loss"]) for line in read_live(folder)] == [(1, 2.0), (5, 1.0)]


def test_a_loss_and_a_score_of_one_step_both_hold(runs: Runs) -> None:
    folder = runs.folder("a")
    for line in ({"step": 5, "loss": 1.0}, {"step": 5, "dev": {}}, {"step": 5, "dev": {"a": {"rougeL": 0.5}}}):
        append_live(folder, line)
    assert ["loss" in line for line in read_live(folder)] == [True, False]
    assert read_live(folder)[1]["dev"] == {"a": {"rougeL": 0.5}}


def test_nothing_was_written_where_nothing_ran(runs: Runs) -> None:
    assert read_live(runs.folder("none")) == []
