"""How titles are found: Japanese needs neither word boundaries nor an extension."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import search


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Logo Design", "logo design"),
        ("  Logo\t\n Design\u3000", "logo design"),
        ("ＬＯＧＯ　２０２６", "logo 2026"),  # full width
        ("ﾛｺﾞﾃﾞｻﾞｲﾝ", "ロゴデザイン"),  # half-width katakana with its voicing marks apart
        ("ロコ\u3099", "ロゴ"),  # the mark as a character of its own
        ("㈱猫", "(株)猫"),
        ("Straße", "strasse"),
        ("1日〜3日で納品", "1日~3日で納品"),  # the wave dash of a Mac, and of Windows
        ("1日～3日で納品", "1日~3日で納品"),
        ("葛\U000e0100城市のロゴ", "葛城市のロゴ"),  # another drawing of the same character
        ("❤\ufe0fロゴ\u200b制作\u2060\ufeff", "❤ロゴ制作"),
        ("デ−タ入力", "データ入力"),
        ("デ-タ", "データ"),
        ("サーバ―", "サーバー"),
        ("ﾃﾞｰﾀ", "データ"),
        ("e‐mail", "e-mail"),
        ("2026–27", "2026-27"),
        ("“Logo”’s", '"logo"\'s'),
        ("か゛き", "がき"),
        ("ＣＤ・ＤＶＤ", "cd・dvd"),
        ("a·b", "a・b"),
        ("\ufa19様", "神様"),
        ("〇×クイズ", "○×クイズ"),
        ("◯×クイズ", "○×クイズ"),
        ("ヘアメイク", "へアメイク"),
        ("ﾍﾞｰｽ", "べース"),
        ("3ヶ月", "3ケ月"),
        ("ロゴ\u3164\u2800制作", "ロゴ制作"),
        ("ロゴ\u202e制作\x07", "ロゴ制作"),
        ("", ""),
        ("　 ", ""),
    ],
)
def test_width_case_and_runs_of_blanks_make_no_difference(written: str, compared: str) -> None:
    assert search.normalised(written) == compared


def test_a_title_is_cut_into_its_characters_and_its_neighbouring_pairs() -> None:
    assert search.grams("猫の絵") == sorted(["猫", "の", "絵", "猫の", "の絵"])
    assert search.grams("ab ab") == ["a", "ab", "b"]
    assert search.grams("") == []


def test_no_pair_reaches_over_a_blank() -> None:
    assert "bc" not in search.grams("ab cd")


def test_a_single_character_is_asked_for_itself_and_more_by_their_pairs() -> None:
    assert search.asked_grams("猫") == ["猫"]
    assert search.asked_grams("猫の絵") == sorted(["猫の", "の絵"])


words = st.text(alphabet="ロゴデザイン猫絵aB１ ー-―〜~゛ﾞ\u200b", min_size=1, max_size=12)


@given(words, words, words)
def test_whatever_stands_in_a_title_is_found_by_the_index(before: str, asked: str, after: str) -> None:
    title = search.normalised(before + asked + after)
    for word in search.asked_words(asked):
        assert word in title
        assert set(search.asked_grams(word)) <= set(search.grams(title))


@given(st.text(max_size=40))
def test_comparing_twice_changes_nothing_more(text: str) -> None:
    assert search.normalised(search.normalised(text)) == search.normalised(text)


@given(st.text(max_size=40))
def test_each_gram_stands_once_and_fits_its_column(text: str) -> None:
    grams = search.grams(search.normalised(text))
    assert grams == sorted(set(grams))
    assert all(1 <= len(gram) <= 2 for gram in grams)
