"""The nearest valid name is found whatever the capitals of either, and none is offered where none is near."""

from luthier.config.nearest import did_you_mean, nearest

ROUGE = ["rouge1", "rouge2", "rougeL"]


def test_capitals_count_for_nothing_on_either_side():
    # rouge_l and rougel: six letters in common, in order, of 7 + 6: 12/13; rouge_l and rouge1: five, 10/13
    assert nearest("rouge_l", ROUGE) == "rougeL"
    assert nearest("ROUGEL", ROUGE) == "rougeL"
    assert nearest("rougel", ROUGE) == "rougeL"
    assert nearest("Learning_Rate", ["learning_rate", "warmup"]) == "learning_rate"


def test_nothing_near_lists_what_there_is_and_too_many_are_not_listed():
    assert nearest("accuracy", ROUGE) is None
    assert did_you_mean("accuracy", ROUGE) == "; there is rouge1, rouge2 or rougeL"
    assert did_you_mean("accuracy", [f"x{n}" for n in range(11)]) == ""
    assert did_you_mean("accuracy", []) == ""
