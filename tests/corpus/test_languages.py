"""A text's language is recognised where there is enough of it, and English is not taken for another."""

from pathlib import Path

import pytest

from corpus.languages import code_of, foreign, recognised
from corpus.readers import SIDECAR, read
from corpus.types import Extract

FOREIGN = {
    "fr": "Le conseil municipal a voté lundi pour une nouvelle école. Les coûts s'élèvent à quarante millions d'euros.",
    "de": "Der Stadtrat stimmte am Montag für eine neue Schule. Die Kosten betragen vierzig Millionen Euro.",
    "nl": "De gemeenteraad stemde maandag voor een nieuwe school. De kosten bedragen veertig miljoen euro.",
    "es": "El ayuntamiento votó el lunes por una escuela nueva. El alcalde dijo que no subirán los impuestos este año.",
    "ar": "صوت مجلس المدينة يوم الاثنين لصالح مدرسة جديدة. وتبلغ التكاليف أربعين مليون يورو.",
    "zh": "市议会周一投票赞成建立一所新学校。费用为四千万欧元。市长说，学校将有六百名学生。",
}
ENGLISH = [
    "The council voted for a new school on Monday. The school will have six hundred pupils, the mayor said.",
    "O gull above the harbour wall,\nthe tide is going out.\nThe boats lie down, the evening falls,\nand lamps are set about.",
    "Ines Falk, Councillor Abara, Tom Okafor, Maria Jensen, Peter van Dijk, Li Wei, Ahmed Hassan, Olga Petrova, Juan Garcia",
    "Port: Odessa; Ships: 33\n\nPort: Chornomorsk; Ships: 12\n\nPort: Pivdennyi; Ships: 9\n\nPort: Mykolaiv; Ships: 0",
    "Paris, Berlin, Madrid, Roma, Amsterdam, Bruxelles, Wien, Budapest, Praha, Warszawa, Lisboa, Athina, Dublin, Oslo",
    "Harbour FC 3 - 1 Real Sociedad; Bayern München 2 - 2 Juventus; Ajax 0 - 1 Benfica; Porto 1 - 1 Sevilla",
    "Bridge closed",
    "1,204 1,377 1,410 | 2019 2020 2021 | 88.1 % 90.4 % 91.0 % | n/a",
]


@pytest.mark.parametrize("code", FOREIGN)
def test_another_language_is_recognised(code: str) -> None:
    assert recognised(FOREIGN[code]) == code


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_taken_for_another_language(text: str) -> None:
    assert recognised(text) in ("en", None)


def test_the_samples_are_english_or_too_short_to_tell() -> None:
    samples = Path(__file__).parents[2] / "corpus" / "samples"
    files = [path for path in sorted(samples.rglob("*.*")) if not path.name.endswith(SIDECAR)]
    found = [extract for path in files for extract in read(path)]
    languages = {extract.language for extract in found if isinstance(extract, Extract)}
    assert len(found) >= 20
    assert languages <= {"en", None}


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("en-GB", "en"),
        ("en_US", "en"),
        ("ENG", "en"),
        ("English", "en"),
        ("ger", "de"),
        ("zh-Hans", "zh"),
        ("iw", "he"),
    ],
)
def test_a_stated_language_becomes_its_code(stated: str, code: str) -> None:
    assert code_of(stated) == code


@pytest.mark.parametrize("stated", ["", None, "N/A", "xx", "unknown"])
def test_what_is_no_language_is_none(stated: str | None) -> None:
    assert code_of(stated) is None


def test_a_stated_language_stands_above_what_the_words_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"---\nlanguage: nld\n---\n{FOREIGN['de']}")
    (found,) = read(path)
    assert isinstance(found, Extract)
    assert found.language == "nl"


def test_only_another_language_than_english_is_told() -> None:
    assert foreign("en") is None
    assert foreign(None) is None
    assert foreign("en-US") is None
    assert str(foreign("fr")).startswith("French: OnRecord reads English best")
