"""Text comes out right in whatever character set it went in, and is never turned into other letters without need."""

from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers.charsets import charset_of, decode
from corpus.readers.html import read_html

HERE = Path("a.txt")
SENTENCES = {
    "German": "Der Präsident sagte, die Brücke über den Fluß sei für Fußgänger geöffnet.\nSie öffnet nächste Woche.",
    "French": "Le président a déclaré que le pont serait fermé jusqu'à l'été.\n« Nous n'avons pas le choix », a-t-il dit.",
    "Spanish": "El presidente declaró que el puente estaría cerrado hasta el otoño.\nSegún el señor Núñez, costará más.",
    "English": "The mayor said “the bridge is closed” – and it’s not going to open.\nThe café costs £40.",
    "Russian": "Президент заявил, что мост будет закрыт до весны.\nОб этом сообщает городская администрация.",
    "Japanese": "大統領は、橋は春まで閉鎖されると述べた。\n市によると修理には四千万ドルかかる。",
    "Chinese": "总统表示，这座桥将关闭到春天。\n据市政府称，维修费用为四千万美元。",
    "Taiwanese": "總統表示，這座橋將關閉到春天。\n據市政府稱，維修費用為四千萬美元。",
    "Korean": "대통령은 다리가 봄까지 폐쇄될 것이라고 말했다.\n시는 수리 비용이 많이 든다고 밝혔다.",
    "Polish": "Prezydent powiedział, że most będzie zamknięty do wiosny.\nWedług władz naprawa potrwa dłużej, niż sądzono.",
    "Greek": "Ο πρόεδρος δήλωσε ότι η γέφυρα θα παραμείνει κλειστή\nμέχρι την άνοιξη.",
    "Hebrew": "הנשיא אמר שהגשר יהיה סגור עד האביב.\nלפי העירייה התיקון יעלה הרבה.",
    "Arabic": "قال الرئيس إن الجسر سيغلق حتى الربيع.\nوبحسب المدينة فإن الإصلاح مكلف.",
    "Turkish": "Cumhurbaşkanı köprünün bahara kadar kapalı kalacağını söyledi.\nBelediyeye göre onarım pahalı olacak.",
}
SETS = {
    "German": "cp1252 latin-1 mac_roman cp1250",
    "French": "cp1252 latin-1",
    "Spanish": "cp1252 latin-1",
    "English": "cp1252",
    "Russian": "koi8-r cp1251 iso8859-5 cp866",
    "Japanese": "shift_jis cp932 euc_jp iso2022_jp",
    "Chinese": "gb18030 gbk",
    "Taiwanese": "big5",
    "Korean": "euc_kr cp949",
    "Polish": "cp1250 iso8859-2",
    "Greek": "cp1253 iso8859-7",
    "Hebrew": "cp1255 iso8859-8",
    "Arabic": "cp1256",
    "Turkish": "cp1254",
}
UNICODE = "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be"


@pytest.mark.parametrize(
    ("language", "charset"), [(language, charset) for language, sets in SETS.items() for charset in sets.split()]
)
def test_an_older_character_set_is_told_by_the_words_it_makes(language: str, charset: str) -> None:
    words = SENTENCES[language].encode(charset).decode(charset)
    for times in (1, 40):
        assert decode("\n".join([words] * times).encode(charset), HERE) == "\n".join([words] * times)


@pytest.mark.parametrize("charset", UNICODE.split())
@pytest.mark.parametrize("language", SENTENCES)
def test_unicode_is_read_with_a_mark_and_without(language: str, charset: str) -> None:
    assert decode(SENTENCES[language].encode(charset), HERE) == SENTENCES[language]


def test_a_broken_character_does_not_turn_utf_8_into_other_letters() -> None:
    data = (SENTENCES["German"] * 20).encode().replace("ü".encode(), b"\xc3", 1)
    assert decode(data, HERE).count("ü") == (SENTENCES["German"] * 20).count("ü") - 1


def test_a_few_words_with_an_accent_are_western() -> None:
    assert decode("Zürich, naïve café – £40".encode("cp1252"), HERE) == "Zürich, naïve café – £40"


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ("<meta charset=koi8-r>", "koi8-r"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>", "cp1251"),
        ("<meta charset='iso-8859-1'>", "utf-8"),
        ("<meta charset='koi8-r'>", "utf-8-sig"),
        ("<meta charset='nonsense'>", "cp1251"),
    ],
)
def test_a_page_is_read_in_the_character_set_that_it_declares_where_that_fits(
    tmp_path: Path, head: str, charset: str
) -> None:
    path = tmp_path / "a.html"
    words = "Президент заявил, что мост будет закрыт до весны."
    path.write_bytes(f"<html><head>{head}</head><body><article><p>{words}</p></article></body></html>".encode(charset))
    (found,) = read_html(path)
    assert found.text == words


def test_line_ends_become_newlines() -> None:
    assert decode(b"a\r\nb\rc\nd", HERE) == "a\nb\nc\nd"


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, bytes(5000), b"words\0\1\2\3" * 50])
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(SourceError, match="binary data"):
        decode(data, HERE)


def test_a_content_type_states_a_charset_or_none() -> None:
    assert charset_of("text/html; charset=KOI8-R") == "koi8-r"
    assert charset_of("text/html; charset=ISO-8859-1") == "cp1252"
    assert charset_of('text/html; charset="utf-8"') == "utf-8"
    assert charset_of("text/html; charset=nonsense") is None
    assert charset_of("text/html") is None
    assert charset_of(None) is None
