"""Drawing by a hash of seed and id."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luthier.records import Example, Provenance, Target
from luthier.statistics.draw import draw

SOURCE = Provenance(source="s", file="f")
EXAMPLES = [
    Example(id=str(number), task="t", inputs={}, target=Target(labels=("a",)), source=SOURCE, group="g")
    for number in range(40)
]


@given(st.permutations(EXAMPLES), st.integers(0, 50), st.integers(0, 9))
def test_a_draw_depends_on_seed_and_ids_alone(shuffled: list[Example], most: int, seed: int) -> None:
    drawn = draw(shuffled, most, seed)
    assert len(drawn) == min(most, 40) and drawn == [e for e in shuffled if e in drawn]
    assert {e.id for e in drawn} == {e.id for e in draw(EXAMPLES, most, seed)}
    assert {e.id for e in drawn} <= {e.id for e in draw(EXAMPLES, most + 5, seed)}


def test_a_draw_is_not_the_first_ones() -> None:
    assert draw(EXAMPLES, 10, 1) != EXAMPLES[:10] and draw(EXAMPLES, 10, 1) != draw(EXAMPLES, 10, 2)
    assert draw(EXAMPLES, None, 1) == EXAMPLES
