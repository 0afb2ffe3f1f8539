"""What is marked in texts that are shown: differences, held texts, passages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luthier.report.differences import LONGEST, Run, compared, held, passage, shortened


def marked(runs, tone):
    return [run.text.strip() for run in runs if run.tone == tone]


def test_two_texts_are_marked_where_they_differ():
    mine, theirs = compared("a fee of 12 euro", "a fee of 15 euro")
    assert mine == (Run("a fee of "), Run("12 ", "out"), Run("euro"))
    assert theirs == (Run("a fee of "), Run("15 ", "in"), Run("euro"))


def test_letter_case_and_how_a_letter_is_composed_do_not_count():
    mine, theirs = compared("CALL Mr D\u00fchrkop", "call Mr Du\u0308hrkop")
    assert (marked(mine, "out"), marked(theirs, "in")) == ([], [])
    assert theirs == (Run("call Mr Du\u0308hrkop"),)


def test_a_difference_far_down_in_long_texts_is_shown_with_what_is_around_it():
    words = [f"word{n}" for n in range(600)]
    other = [*words[:500], "changed", *words[501:]]
    mine, theirs = compared(" ".join(words), " ".join(other))
    assert mine == (
        Run("… " + " ".join(words[491:500]) + " "),
        Run("word500 ", "out"),
        Run(" ".join(words[501:510]) + " …"),
    )
    assert marked(theirs, "in") == ["changed"]


def test_what_lies_between_two_differences_is_left_out_on_both_sides():
    words = [f"word{n}" for n in range(80)]
    mine, theirs = compared(" ".join(["a", *words, "b"]), " ".join(["x", *words, "y"]))
    between = " ".join(words[:9]) + " … " + " ".join(words[-9:]) + " "
    assert mine == (Run("a ", "out"), Run(between), Run("b", "out"))
    assert theirs == (Run("x ", "in"), Run(between), Run("y", "in"))
    short = " ".join(words[:40])
    assert compared(f"a {short} b", f"x {short} y")[0] == (Run("a ", "out"), Run(f"{short} "), Run("b", "out"))


def test_the_passage_that_holds_another_text_is_marked():
    before, after = "Minutes of the branch. " * 20, " The next meeting is later."
    runs = held(f"{before}WHERE is my new card?{after}", "where is my new card?")
    assert marked(runs, "mark") == ["WHERE is my new card?"]
    assert runs[0].text.startswith("…")
    assert runs[2] == Run(after)
    assert held("nothing of it", "where is my card") == (Run("nothing of it"),)


def test_a_passage_is_shown_in_whole_words():
    text = "x" * 40 + " a long beginning of the text " + "MARKED" + " and an end of some words that goes on " + "y" * 80
    start = text.index("MARKED")
    before, mark, after = passage(text, start, start + 6)
    assert mark == Run("MARKED", "mark")
    assert before == Run("…a long beginning of the text ")
    assert after == Run(" and an end of some words that goes on…")


def test_a_long_text_ends_with_a_word_and_what_cannot_be_seen_is_written_out():
    assert shortened("word " * 200).endswith("word…")
    assert len(shortened("z" * 900)) == LONGEST + 1
    assert shortened("  \n") == "␠␠⏎"


@given(st.text("ab \n", max_size=80), st.text("ab \n", max_size=80))
def test_short_texts_are_shown_whole(one, other):
    mine, theirs = compared(one, other)
    for runs, text in ((mine, one), (theirs, other)):
        if any(not c.isspace() for c in text) and not any("…" in run.text for run in runs):
            assert "".join(run.text for run in runs) == text
