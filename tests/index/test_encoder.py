"""The converted encoder gives sentence-transformers' own vectors, in any batch, without torch once it is there."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import EncoderError
from index.encoder import DEFAULT_MODEL, Encoder, TorchEncoder, load_encoder

TEXTS = [
    "A short one.",
    "The bridge was closed for repairs in March. " * 12,
    "Ü 漢字 🚀",
    "A short one.",
    "word " * 600,
]


def test_vectors_are_unit_norm_in_input_order_and_equal_for_equal_texts(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (5, 384) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert np.array_equal(vectors[0], vectors[3])
    alone = np.array([encoder.encode([text])[0] for text in TEXTS])
    assert np.sum(vectors * alone, axis=1).min() > 0.999


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode_tokens([]) == []


def test_the_fallback_gives_the_same_vectors(encoder: Encoder) -> None:
    torch = TorchEncoder(DEFAULT_MODEL)
    assert torch.info == encoder.info
    assert np.sum(encoder.encode(TEXTS) * torch.encode(TEXTS), axis=1).min() > 0.999
    for ours, theirs in zip(encoder.encode_tokens(TEXTS[:3]), torch.encode_tokens(TEXTS[:3]), strict=True):
        assert ours.spans == theirs.spans
        assert np.sum(ours.vectors * theirs.vectors, axis=1).min() > 0.99


def test_word_pieces_stand_at_their_places(encoder: Encoder) -> None:
    (tokens,) = encoder.encode_tokens(["The bridge reopened."])
    assert ["The bridge reopened."[start:end] for start, end in tokens.spans][:2] == ["The", "bridge"]
    assert tokens.vectors.shape == (len(tokens.spans), 384)
    assert tokens.whole == pytest.approx(encoder.encode(["The bridge reopened."])[0], abs=2e-2)


def test_a_warm_start_imports_no_torch(encoder_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.encoder import load_encoder, DEFAULT_MODEL\n"
        f"load_encoder(DEFAULT_MODEL, Path({str(encoder_folder)!r})).encode(['x'])\n"
        "print('torch' in sys.modules, 'sentence_transformers' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False False"


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no-such-model"):
        load_encoder(str(tmp_path / "no-such-model"), tmp_path)
