"""Which items are shown, and which of their words are marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from report_project import example

from luthier.records import Example, Prediction, Target
from luthier.report.side_by_side import Piece, choose, item, well_done, word_differences

TEXTS = st.text(alphabet="ab, .é1\n", max_size=40)


def labelled(number: int, right: bool, systems: tuple[str, ...] = ("classical", "tuned")) -> dict[str, Prediction]:
    given_labels = ("a",) if right else ("b",)
    return {
        system: Prediction(example_id=f"t-{number}", task="t", system=system, labels=given_labels) for system in systems
    }


def test_words_that_differ_are_told_apart() -> None:
    # Longest common run of words: "Worth", "5,000", "in", "shares"; "EUR" stands in the answer's place of "about".
    assert word_differences("Worth EUR 5,000 in shares", "worth about 5,000 in all shares") == (
        Piece("same", "Worth "),
        Piece("extra", "EUR "),
        Piece("missing", "about "),
        Piece("same", "5,000 in "),
        Piece("missing", "all "),
        Piece("same", "shares"),
    )


def test_a_number_is_one_word() -> None:
    kinds = [piece.kind for piece in word_differences("1,988,000", "1,968,000")]
    assert sorted(kinds) == ["extra", "missing"]


@given(TEXTS, TEXTS)
def test_pieces_make_up_the_answer_and_the_reference(answer: str, reference: str) -> None:
    pieces = word_differences(answer, reference)
    assert "".join(piece.text for piece in pieces if piece.kind != "missing") == answer
    said = "".join(piece.text for piece in pieces if piece.kind != "extra")
    assert "".join(said.split()).casefold() == "".join(reference.split()).casefold()


@given(TEXTS)
def test_an_answer_equal_to_the_reference_has_no_marks(text: str) -> None:
    assert {piece.kind for piece in word_differences(text, text)} <= {"same"}


def test_half_of_the_items_are_right_and_half_wrong() -> None:
    answers = {f"t-{i}": labelled(i, right=i % 10 != 0) for i in range(100)}  # 90 right, 10 wrong
    good = {f"t-{i}": i % 10 != 0 for i in range(100)}
    chosen = choose(answers, good, 20, seed=17)
    assert len(chosen) == len(set(chosen)) == 20
    assert sum(good[one] for one in chosen) == 10


def test_where_one_half_is_too_small_the_other_fills_up() -> None:
    answers = {f"t-{i}": labelled(i, right=i > 1) for i in range(30)}
    good = {f"t-{i}": i > 1 for i in range(30)}  # two wrong ones
    assert sum(good[one] for one in choose(answers, good, 20, seed=17)) == 18
    bad = {one: not well for one, well in good.items()}  # two right ones
    assert sum(bad[one] for one in choose(answers, bad, 20, seed=17)) == 2


def test_no_more_items_than_there_are() -> None:
    answers = {f"t-{i}": labelled(i, right=True) for i in range(3)}
    assert set(choose(answers, dict.fromkeys(answers, True), 20, seed=17)) == set(answers)


def test_the_choice_follows_the_seed_and_not_the_order() -> None:
    answers = {f"t-{i}": labelled(i, right=i % 2 == 0) for i in range(60)}
    good = {f"t-{i}": i % 2 == 0 for i in range(60)}
    backwards = dict(reversed(answers.items()))
    assert choose(answers, good, 10, seed=17) == choose(backwards, good, 10, seed=17)
    assert choose(answers, good, 10, seed=17) != choose(answers, good, 10, seed=18)


def test_only_items_that_every_system_answered_are_shown() -> None:
    answers = {f"t-{i}": labelled(i, True, ("tuned",) if i < 5 else ("classical", "tuned")) for i in range(8)}
    assert set(choose(answers, dict.fromkeys(answers, True), 20, seed=17)) == {"t-5", "t-6", "t-7"}


def test_a_text_is_well_done_if_it_is_as_near_as_the_median_item() -> None:
    # Words in common, in order, with "one two three four": 4, 2, 0 of four, so F1 is 1, 1/2 and 0; the median is 1/2.
    said = {"t-0": "one two three four", "t-1": "one two six seven", "t-2": "eight nine ten zero"}
    examples = {one: example("t", i, Target(text="One two, three four.")) for i, one in enumerate(said)}
    answers = {
        one: {"tuned": Prediction(example_id=one, task="t", system="tuned", text=text)} for one, text in said.items()
    }
    assert well_done(examples, answers, "tuned") == {"t-0": True, "t-1": True, "t-2": False}


def shown(target: Target, answers: dict[str, Prediction]) -> tuple[Example, list[object]]:
    one = example("t", 0, target, note="Some  words\nto read")
    made = item(one, answers, {"note": ""}, "tuned", good=True)
    return one, list(made.answers)


def test_labels_are_the_same_extra_or_missing() -> None:
    answers = {"tuned": Prediction(example_id="t-0", task="t", system="tuned", labels=("a", "c"))}
    made = item(example("t", 0, Target(labels=("a", "b"))), answers, {}, "tuned", good=False)
    assert made.answers[0].labels == (("a", "same"), ("c", "extra"), ("b", "missing"))
    assert made.answers[0].right is False
    assert made.opening == "t-0"  # no field to open with


def test_no_label_is_an_answer_too() -> None:
    answers = {"tuned": Prediction(example_id="t-0", task="t", system="tuned", labels=())}
    made = item(example("t", 0, Target(labels=())), answers, {}, "tuned", good=True)
    assert (made.answers[0].labels, made.answers[0].right) == ((), True)


def test_an_answer_too_far_off_is_shown_without_marks() -> None:
    answers = {
        "tuned": Prediction(example_id="t-0", task="t", system="tuned", text="Nothing alike at all", stopped=False),
        "classical": Prediction(example_id="t-0", task="t", system="classical", text="  "),
    }
    made = item(example("t", 0, Target(text="Worth 5,000 in shares"), note="n"), answers, {"note": ""}, "tuned", False)
    classical, tuned = made.answers
    assert tuned.pieces == (Piece("same", "Nothing alike at all"),)
    assert tuned.remark == "cut at the length limit; too different to mark word by word"
    assert (classical.pieces, classical.remark) == ((), "an empty answer")
    assert made.fields == (("Note", "n"),)


def test_tags_say_who_was_nearer() -> None:
    right, wrong = labelled(0, right=True), labelled(0, right=False)
    target = example("t", 0, Target(labels=("a",)))
    ahead = item(target, {"tuned": right["tuned"], "classical": wrong["classical"]}, {}, "tuned", good=True)
    behind = item(target, {"tuned": wrong["tuned"], "classical": right["classical"]}, {}, "tuned", good=False)
    level = item(target, right, {}, "tuned", good=True)
    assert (ahead.tags, behind.tags, level.tags) == (("good", "ahead"), ("bad", "behind"), ("good",))


def test_a_long_opening_ends_between_words() -> None:
    one = example("t", 0, Target(labels=()), note="word " * 60)
    made = item(one, {}, {"note": "Note"}, "tuned", good=True)
    assert len(made.opening) <= 112
    assert made.opening.endswith("word …")
