"""The benchmark of curation at scale: its papers, its arithmetic and its watch over processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from curation_scale import Measured, claims, n_log_n, slope
from scale import firm
from scale.papers import Papers
from scale.watch import Usage, memory_of, processor_of, tree, unnamed_in

from luthier.project import Project

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def papers():
    return Papers()


def test_a_paper_depends_on_its_number_alone(papers):
    forward = [papers.paper(number)["text"] for number in range(40)]
    assert [Papers().paper(number)["text"] for number in (39, 7)] == [forward[39], forward[7]]
    assert len(set(forward)) > 30  # some copy others, most do not


def test_papers_have_about_100_to_300_words(papers):
    lengths = [len(papers.paper(number)["text"].split()) for number in range(300)]
    assert min(lengths) >= 85 and max(lengths) <= 330
    assert 150 < sum(lengths) / len(lengths) < 250


def test_every_rule_that_is_on_has_work(tmp_path):
    firm.found(tmp_path, 500, processes=1)
    project = Project(tmp_path)
    project.ingest()
    rules = {row["rule"] for row in project.curate().json("summary")["rules"]}
    # relevance flags one document in three million of a domain; labels of so few messages are seldom doubted
    assert rules >= {*firm.RULES} - {"coverage", "relevance", "leakage", "wrong_labels"}


def test_what_was_written_before_stays(tmp_path):
    firm.found(tmp_path, 30, processes=1)
    shard = tmp_path / "papers" / "00000.jsonl"
    before = shard.stat().st_mtime_ns
    assert len(shard.read_text(encoding="utf-8").splitlines()) == 30
    firm.found(tmp_path, 30, processes=1)
    assert shard.stat().st_mtime_ns == before


def test_the_slope_of_a_power_is_its_exponent():
    sizes = [10_000, 30_000, 100_000]
    assert slope(sizes, [3 * size**1.2 for size in sizes]) == pytest.approx(1.2, abs=1e-9)
    assert slope([10], [1.0]) is None


def test_n_log_n_from_ten_thousand_to_a_million():
    # log(1e6)/log(1e4) = 1.5, so 100 times the documents take 150 times as long: log(150)/log(100) = 1.0880
    assert n_log_n([10_000, 100_000, 1_000_000]) == pytest.approx(1.0880, abs=5e-5)


def measured(documents: int, seconds: float, memory: int) -> Measured:
    return Measured(documents, {"curate": Usage(seconds, 2 * seconds, memory, 1)}, 1, {})


def test_bounds_are_only_claimed_for_a_million():
    made = claims([measured(10_000, 50.0, 10**9), measured(1_000_000, 7300.0, 5 * 10**9)], 2)
    assert "holds" not in made[0]
    assert made[1]["holds"] is False  # two hours are 7,200 seconds
    assert made[2]["value"] == pytest.approx(1.082, abs=5e-4)  # log(7300 / 50) / log(100) = 4.9836 / 4.6052
    assert made[2]["holds"] is True


@linux
def test_a_tree_has_the_children_and_what_they_use():
    child = subprocess.Popen([sys.executable, "-c", "sum(range(10**7)); print(flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in list(tree(os.getpid()))
        assert memory_of(child.pid) > 10**6
        assert processor_of(child.pid) > 0
    finally:
        child.communicate(b"\n")
    assert memory_of(child.pid) == processor_of(child.pid) == 0


@linux
def test_files_without_a_name_are_on_the_disk_too(tmp_path):
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        file.write(bytes(10**6))
        file.flush()
        assert unnamed_in(tmp_path, os.getpid()) >= 10**6
    assert unnamed_in(tmp_path, os.getpid()) == 0
