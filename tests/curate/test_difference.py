"""Two versions of the data are compared: records, texts, splits, findings."""

from __future__ import annotations

import pytest
from desk_papers import TODAY, config, ingested

from luthier.config import Curate, Splits
from luthier.curate import versions
from luthier.curate.deciding import decide
from luthier.curate.difference import difference, render
from luthier.curate.pipeline import curate
from luthier.errors import LuthierError, RequestError


def test_what_a_decision_and_a_setting_changed(tmp_path):
    store = ingested(tmp_path)
    first = curate(config(), store, today=TODAY)
    decide(store, "restore", "d2", why="", original=False)
    decide(store, "remove", "m0", why="", original=False)
    second = curate(config(curate=Curate(normalise=False)), store, today=TODAY)
    found = difference(store, "previous", "current")
    assert (found.one, found.other) == (first.key, second.key)
    assert found.documents.added == ("d2",)
    assert found.documents.removed == ()
    assert found.documents.changed == ("short",)  # its space is not normalised any more
    assert found.examples.removed == ("m0",)
    assert found.examples.changed == ("n1",)
    assert found.findings["decision.restored (assign)"] == (0, 1)
    assert found.findings["duplicate.exact (merge)"] == (2, 1)
    assert render(found)[1] == ["documents", "4", "5", "1", "0", "1"]


def test_examples_that_moved_are_counted_by_where(tmp_path):
    store = ingested(tmp_path)
    curate(config(), store, today=TODAY)
    curate(config().model_copy(update={"split": Splits(train=0, pool=1, dev=0, test=0)}), store, today=TODAY)
    assert difference(store, "previous", "current").moved == {"train → pool": 4}  # all but the pinned one


def test_a_version_is_named_by_its_beginning_and_compared_with_itself(tmp_path):
    store = ingested(tmp_path)
    key = curate(config(), store, today=TODAY).key
    assert difference(store, key[:6], "current").nothing
    with pytest.raises(RequestError, match="only one version"):
        versions.find(store, "previous")
    with pytest.raises(RequestError, match="no version of the data 'zz'"):
        versions.find(store, "zz")


def test_a_line_that_was_cut_off_is_named(tmp_path):
    store = ingested(tmp_path)
    curate(config(), store, today=TODAY)
    with (store.root / versions.FILE).open("a") as stream:
        stream.write('{"key": "0123')
    with pytest.raises(LuthierError, match="line 2"):
        versions.find(store, "current")
