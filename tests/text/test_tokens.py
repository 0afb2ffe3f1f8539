"""Words: as rouge-score on ASCII, and right on other scripts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.tokenizers import DefaultTokenizer

from luthier.text.tokens import words

oracle = DefaultTokenizer(use_stemmer=False)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_on_ascii_equal_to_rouge_score(text: str) -> None:
    assert words(text) == oracle.tokenize(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EUR 1,200.50 (3.5%)", ["eur", "1", "200", "50", "3", "5"]),
        ("Café déjà_vu", ["café", "déjà", "vu"]),
        ("Der Überschuß wächst", ["der", "überschuß", "wächst"]),
        ("Ελλάδα και Ωμέγα", ["ελλάδα", "και", "ωμέγα"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),  # vowel signs and viramas belong to their word
        ("한국어 문장입니다", ["한국어", "문장입니다"]),
        ("東京は大きい。", ["東", "京", "は", "大", "き", "い"]),
        ("ラーメン", ["ラ", "ー", "メ", "ン"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),  # a vowel above or below stays with its consonant
        ("ABC株式 12 ๑๒", ["abc", "株", "式", "12", "๑๒"]),  # digits are numbers in any script
        ("12½ 10²", ["12½", "10²"]),  # not 121/2 and 102
        ("“x” – naïve’s €5", ["x", "naïve", "s", "5"]),
    ],
)
def test_words_in_many_scripts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_characters_that_look_alike_count_alike() -> None:
    assert words("ﬁnance") == words("finance")
    assert words("ＡＢＣ１２") == ["abc12"]
    assert words("ｶﾞ") == words("ガ")
    assert words("soft\u00adhyphen") == ["softhyphen"]
    assert words("می\u200cخواهم") == ["میخواهم"]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cn", "Cs", "Co"])))
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(st.text())
def test_no_word_is_empty_or_holds_white_space_or_an_underscore(text: str) -> None:
    for word in words(text):
        assert word
        assert not any(character.isspace() or character == "_" for character in word)
