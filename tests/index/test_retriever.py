"""What many searches at once share."""

from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import EncoderError
from index.encoder import Encoder, TokenVectors
from index.library import Library
from index.retriever import Retriever


def test_a_search_whose_encoding_fails_is_no_longer_counted(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(texts: list[str]) -> list[TokenVectors]:
        raise EncoderError("the model ran out of memory.")

    with closing(Library(tmp_path / "home", encoder=encoder)) as library:
        retriever = Retriever(library)
        with monkeypatch.context() as broken:
            broken.setattr(encoder, "encode_tokens", fail)
            with pytest.raises(EncoderError, match="out of memory"):
                retriever._tokens(["a passage"])
        assert retriever._matching == 0  # else whoever searches alone would be served as one of several, and slower
