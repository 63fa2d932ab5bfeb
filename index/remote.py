"""What is done on another machine for the one that writes: reading a file whose bytes were sent, and encoding texts.

It knows neither the library nor what carries it there (index/ray.py). No file system is shared. Files are read in a confined
child process there as here; what comes of them is the same, down to the words of an error.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import corpus
from corpus.errors import EncoderError, OnRecordError, SourceError
from corpus.prepared import Cut
from corpus.readers import MAX_BYTES
from corpus.types import SIDECAR, Extract, Input
from index.encoder import Encoder, EncoderInfo, Vectors, converted, load_encoder
from index.reading import alone

__all__ = ["Coder", "Piece", "Sent", "code_digest", "read_sent", "sent", "sent_encoder"]

MOST_SIDECAR = 2**20  # bytes
AT_ONCE = 200_000  # characters of documents that are sent back together: a message for each small one would cost more


@dataclass(frozen=True, slots=True)
class Sent:
    """An input with the bytes of its file and of its sidecar; `named` if it is called by its place, not by its file."""

    input: Input
    named: bool
    content: bytes
    sidecar: bytes | None

    def written(self, folder: Path) -> Input:
        """Write the files into a folder; return the input that reads as the one that was sent does."""
        path = folder / self.input.path.name
        path.write_bytes(self.content)
        if self.sidecar is not None:
            path.with_name(path.name + SIDECAR).write_bytes(self.sidecar)
        of_file = Input.of(path)
        if not self.named:
            return of_file
        input = self.input
        return Input(input.place, path, input.url, input.media_type, input.told)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of what is in an input, in order, and the error that ends it, if one does."""

    items: Sequence[Extract | Cut | SourceError]
    error: OnRecordError | None = None


def sent(input: Input) -> Sent | None:
    """Return an input ready to be sent; None where it is not: no file, not to be read, empty, or over MAX_BYTES.

    What is to be told of such a file, the reader here tells; one of many documents may be larger, and is read here.
    """
    beside = input.path.with_name(input.path.name + SIDECAR)
    try:
        content = _bytes(input.path, MAX_BYTES)
        sidecar = _bytes(beside, MOST_SIDECAR) if beside.is_file() else None
    except OSError:
        return None
    return Sent(input, input.name is not None, content, sidecar) if content else None


def _bytes(path: Path, most: int) -> bytes:
    """Return a file's bytes. Raises OSError if it is no plain file, or longer than `most`."""
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        content = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else b""
    if len(content) > most or not content:
        raise OSError("too long, or nothing")
    return content


def read_sent(sent: Sent) -> Iterator[Piece]:
    """Yield what is in an input, some of it at a time, cut at the same places whenever it is done again."""
    with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
        input = sent.written(Path(folder))
        some: list[Extract | Cut | SourceError] = []
        size = 0
        try:
            for each in alone(input):
                some.append(_renamed(each, folder, sent) if isinstance(each, SourceError) else each)
                size += len(each.text) if isinstance(each, Extract) else 0
                if size >= AT_ONCE:
                    yield Piece(some)
                    some, size = [], 0
        except SourceError as error:
            yield Piece(some, _renamed(error, folder, sent))
            return
        yield Piece(some)


def _renamed(error: SourceError, folder: str, sent: Sent) -> SourceError:
    """Return an error with the path that the file has where it was sent from."""
    original = sent.input.path
    return SourceError(str(error).replace(f"{folder}/", str(original).removesuffix(original.name)))


def code_digest() -> str:
    """Return a digest of the code that decides what is found in a file: workers have to have the same."""
    folder = Path(corpus.__path__[0])
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def sent_encoder(model: str, folder: Path) -> dict[str, bytes]:
    """Return the files of a converted model, by name; none where it has not been converted."""
    place = converted(model, folder)
    return {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()} if place.is_dir() else {}


class Coder:
    """The library's encoder in a worker, loaded at first use.

    It is the one in `folder` where that is to be had here, else the one of `files`, else it is converted here. Raises
    EncoderError where that is another one than is wanted.
    """

    def __init__(self, wanted: EncoderInfo, folder: Path, files: dict[str, bytes] | None) -> None:
        self._wanted, self._folder, self._files = wanted, folder, files
        self._encoder: Encoder | None = None

    def ready(self) -> str:
        """Load the encoder; return what computes."""
        return self._loaded().runtime

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit-norm embeddings, float32 [n, dim], in input order."""
        return self._loaded().encode(texts)

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            encoder = load_encoder(self._wanted.model, self._place())
            if encoder.info != self._wanted:
                raise EncoderError(
                    f"{self._wanted.model}: it is another model here ({encoder.info.weights_sha256[:12]}) than the "
                    f"library's ({self._wanted.weights_sha256[:12]}), though its name is the same."
                )
            self._encoder, self._files = encoder, None
        return self._encoder

    def _place(self) -> Path:
        """Return the folder to load from, the files written there if they have to be."""
        from platformdirs import user_cache_path

        if (converted(self._wanted.model, self._folder) / "encoder.json").is_file():
            return self._folder
        cache = user_cache_path("onrecord") / "encoder" / self._wanted.weights_sha256[:12]
        place = converted(self._wanted.model, cache)
        if self._files and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(dir=place.parent))
            for name, content in self._files.items():
                (draft / name).write_bytes(content)
            try:
                draft.rename(place)
            except OSError:  # another worker of this machine was first
                if not place.is_dir():
                    raise
        return cache
