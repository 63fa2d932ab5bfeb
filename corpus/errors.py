"""Every error that is meant for the user.

    OnRecordError                 exit code 1
    ├── SourceError               one input could not be added; the others can
    │   ├── DuplicateError        its content is in the library already
    │   └── FetchError            an address that may not, or could not, be read
    ├── QuestionError             exit code 2: a question that cannot be asked
    ├── EditError                 exit code 2: a document cannot be edited so
    ├── SettingsError             exit code 2: a setting that cannot be used
    ├── NotFoundError             an id that the library does not hold
    ├── EncoderError              the encoder cannot be loaded or does not fit the library
    ├── ModelError                a language model failed; answers tell of it and quote instead
    ├── ClusterError              the machines that were to read and encode cannot be reached, or are lost
    ├── DiskError                 the library's folder cannot be written: full, read-only, or failing
    ├── VectorServerError         the Chroma server that keeps the vectors is away, refuses, or fails
    ├── BusyError                 as much is under way as is taken on at once
    ├── LibraryLockedError        exit code 4: another process is writing
    └── LibraryDamagedError       exit code 5

A message says what failed, the value, and what to do. Programming mistakes stay ValueError and TypeError.
"""

import re

__all__ = [
    "BusyError",
    "ClusterError",
    "DiskError",
    "DuplicateError",
    "EditError",
    "EncoderError",
    "FetchError",
    "LibraryDamagedError",
    "LibraryLockedError",
    "ModelError",
    "NotFoundError",
    "OnRecordError",
    "QuestionError",
    "SettingsError",
    "SourceError",
    "VectorServerError",
]


CONTROLS = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")


class OnRecordError(Exception):
    """An error whose message is shown to the user in one line.

    Control characters in it, which a file's name may have, are written as escapes, so that no terminal obeys them.
    """

    exit_code = 1

    def __init__(self, message: object) -> None:
        super().__init__(CONTROLS.sub(lambda match: ascii(match.group())[1:-1], str(message)))


class SourceError(OnRecordError):
    """One input could not be added."""


class DuplicateError(SourceError):
    """The input's content is in the library already, under another source."""


class FetchError(SourceError):
    """An address could not be read. `lasting` tells whether that will be so tomorrow; `reason` is the message without it."""

    def __init__(self, address: str, reason: str, lasting: bool = True) -> None:
        super().__init__(f"{address}: {reason}")
        self.reason = reason
        self.lasting = lasting


class QuestionError(OnRecordError):
    """The question, or a filter on it, cannot be used."""

    exit_code = 2


class EditError(OnRecordError):
    """What a document is to be edited to cannot be."""

    exit_code = 2


class SettingsError(OnRecordError):
    """A setting cannot be used."""

    exit_code = 2


class NotFoundError(OnRecordError):
    """No such document."""


class EncoderError(OnRecordError):
    """The encoder cannot be loaded, or does not fit the vectors in the library."""


class ModelError(OnRecordError):
    """A language model cannot be reached, refuses, or answers nonsense. `code` is that of the answer's reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ClusterError(OnRecordError):
    """The cluster that was to read and encode cannot be reached, or is lost. What was live before still is."""


class DiskError(OnRecordError):
    """The library's folder cannot be written. What was live before still is."""

    def __init__(self, folder: object, reason: object) -> None:
        super().__init__(
            f"{folder}: cannot be written ({reason}). Nothing is lost: make room, or make it writable, and run the same again."
        )

    @staticmethod
    def is_told_by(error: BaseException) -> bool:
        """Tell whether a store's own error, which has only words, is of a disk that is full, read-only or failing."""
        told = str(error).casefold()
        return any(
            words in told
            for words in ("no space left", "disk is full", "disk i/o error", "io error", "read-only", "readonly")
        )


class VectorServerError(OnRecordError):
    """The Chroma server that keeps the vectors is away, refuses, or fails. Searches go on by words alone."""


class BusyError(OnRecordError):
    """As much is under way, or waits, as is taken on at once."""


class LibraryLockedError(OnRecordError):
    """Another process is writing to the library."""

    exit_code = 4


class LibraryDamagedError(OnRecordError):
    """A store of the library cannot be read."""

    exit_code = 5
