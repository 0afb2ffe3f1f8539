"""Values are taken out of what quotes them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luthier.text.masking import replaced


def test_a_value_is_replaced_as_a_whole_on_one_line_or_two_and_where_it_is_cut_off():
    values = {"Hans Keller": "[NAME]", "Keller": "[NAME]", "020 7946 0958": "[PHONE]"}
    assert replaced("Hans\nKeller, Keller and Kellermann", values) == "[NAME], [NAME] and Kellermann"
    assert replaced("“call 020 7946 0958”, “call 020 79…”", values) == "“call [PHONE]”, “call …”"
    assert replaced("as said by Hans Kel…", values) == "as said by …"


@given(st.text("ab cK.…", max_size=30), st.text("ab cK.", min_size=1, max_size=6).map(str.strip).filter(bool))
def test_no_whole_value_is_left(text, value):
    left = replaced(text, {value: "[X]"})
    assert f" {value} " not in f" {left} ".replace("[X]", "\0")
