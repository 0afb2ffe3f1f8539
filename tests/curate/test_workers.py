"""How many processes curation works on."""

from __future__ import annotations

from luthier.curate.passes import workers


def test_a_system_that_does_not_tell_which_cores_are_ours_is_asked_how_many_there_are(monkeypatch):
    monkeypatch.delattr(workers.os, "sched_getaffinity")
    monkeypatch.setattr(workers.sys, "platform", "darwin")
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 6)
    assert workers.processes_for(None, workers.FEW) == 6
    assert workers.processes_for(None, workers.FEW - 1) == 1
    assert workers.processes_for(3, 0) == 3
