"""Names found by their words as they are typed, and read anew only when the record has changed."""

from corpus.speakers import Speakers

NAMES = {"Mara Quill": 3, "Ada Moor": 7, "President Erdoğan": 2, "Mayor Quillfeather": 1, "Retired Quill": 0}


def known(names: dict[str, int] = NAMES) -> Speakers:
    return Speakers(lambda: names.items(), lambda: 1)


def test_any_words_of_a_name_name_its_bearer_accents_aside() -> None:
    assert known().named(["erdogan"]) == ["President Erdoğan"]
    assert known().named(["quill mara", "Ada"]) == ["Mara Quill", "Ada Moor"]
    assert known().named(["Quill"]) == ["Mara Quill", "Retired Quill"]
    assert known().named(["", "?!"]) == []


def test_what_is_typed_begins_words_and_the_most_quoted_come_first() -> None:
    assert known().beginning("qui", 9) == ["Mara Quill", "Mayor Quillfeather"]
    assert known().beginning("ma qui", 9) == ["Mara Quill", "Mayor Quillfeather"]
    assert known().beginning("", 2) == ["Ada Moor", "Mara Quill"]
    assert known().beginning("uill", 9) == []


def test_a_misspelt_name_brings_the_names_like_it_that_a_search_finds() -> None:
    assert known().similar(["Mara Quil"])[0] == "Mara Quill"
    assert "Retired Quill" not in known().similar(["Retired Quil"])
    assert known().similar(["zzzzzz"]) == []


def test_names_are_read_anew_when_the_record_has_changed() -> None:
    stamp, reads = [1], []

    def read() -> list[tuple[str, int]]:
        reads.append(stamp[0])
        return [(f"Speaker {stamp[0]}", 1)]

    speakers = Speakers(read, lambda: stamp[0])
    assert speakers.named(["speaker"]) == speakers.named(["speaker"]) == ["Speaker 1"]
    stamp[0] = 2
    assert speakers.named(["speaker"]) == ["Speaker 2"]
    assert reads == [1, 2]
