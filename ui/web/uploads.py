"""Files as a browser hands them over: under any names, with the folders that they lay in. They are moved into the home
before they are added, so that nothing is lost where the adding breaks off.

A file `a.txt` is kept as uploads/a.txt, one of a folder as uploads/FOLDER/.../a.txt: uploaded again it is a new version, and
one of the same name in another folder is another document.
"""

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import SIDECAR
from index.ingest import Outcome

__all__ = ["MAX_UPLOAD", "MOST_FILES", "UPLOADS", "Kept", "Upload", "keep", "uploads_in"]

MAX_UPLOAD = 100 * 2**20  # bytes a file, as the readers have it
MOST_FILES = 5000  # at once
UPLOADS = "uploads"  # the folder in the home
LONGEST_NAME = 200  # bytes; file systems take 255, and a sidecar's suffix comes after it
# What page.js hands over in place of a file that it leaves out, as its media type; the name is all there is of it.
LEFT_OUT = {
    "x-onrecord/too-large": f"it is larger than {MAX_UPLOAD // 2**20} MB. Split it, or save it as text, and add that.",
    "x-onrecord/unreadable": "the browser cannot read it. Check its permissions, and that it is still there.",
}
TOO_MANY = "x-onrecord/too-many"
FOLDED = re.compile(r"[\\/]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived, or was left out: its name with its folders, as the browser tells them, and its media type."""

    name: str
    path: Path
    media_type: str

    @property
    def parts(self) -> list[str]:
        """The folders and the name, each fit to be a file's name anywhere."""
        return [_fit(part) for part in FOLDED.split(self.name) if part.strip(". ")] or ["file"]

    @property
    def is_hidden(self) -> bool:
        """Tell whether it is one that lies hidden in a folder: a system's own, which nobody means to add."""
        parts = [part for part in FOLDED.split(self.name) if part]
        return len(parts) > 1 and any(part.startswith(".") and part.strip(". ") for part in parts)


@dataclass(frozen=True, slots=True)
class Kept:
    """What has become of uploads: the files that are to be added, each with its name, and those that cannot be."""

    files: dict[Path, str]
    failed: Sequence[Outcome]


def uploads_in(told: object, arriving: Path) -> list[Upload]:
    """Return the uploads that a page tells of, each as Gradio's FileData. Raises SourceError.

    They come from the browser: only what was uploaded, lying two levels below the folder `arriving`, is taken.
    """
    if not isinstance(told, list):
        told = []
    try:
        rows = [(str(each["path"]), str(each["orig_name"]), str(each.get("mime_type"))) for each in told]
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError("the files have arrived damaged. Load the page anew, and add them again.") from error
    many = next((name for _, name, kind in rows if kind == TOO_MANY), None)
    if many is not None or len(rows) > MOST_FILES:
        number = many[:20] if many is not None else f"{len(rows):,}"
        raise SourceError(
            f"{number} files at once are too many; at most {MOST_FILES:,} are taken, and none was. Add the folders in it one "
            "by one, or use: onrecord add FOLDER"
        )
    folder = Path(os.path.realpath(arriving))
    uploads = [Upload(name, Path(os.path.abspath(path)), kind) for path, name, kind in rows]
    for upload in uploads:
        if Path(os.path.realpath(upload.path)).parent.parent != folder:
            raise SourceError(f"{upload.name[:200]}: it was not uploaded. Load the page anew, and add it again.")
    return uploads


def keep(uploads: Sequence[Upload], home: Path) -> Kept:
    """Move uploads into the home."""
    files: dict[Path, str] = {}
    failed: list[Outcome] = []
    sidecars: list[tuple[Path, str]] = []
    left = {upload.path: 0 for upload in uploads}  # one file stands for all that are alike
    for upload in uploads:
        left[upload.path] += 1
    for upload in uploads:
        left[upload.path] -= 1
        reason = LEFT_OUT.get(upload.media_type)
        if upload.is_hidden or reason is not None:
            failed += [] if reason is None or upload.is_hidden else [_failed(upload, reason)]
            _drop(upload.path, left[upload.path])
            continue
        try:
            place = _moved(upload, home / UPLOADS, is_last=not left[upload.path])
        except FileNotFoundError:
            failed.append(_failed(upload, "it is no longer there. Add it again."))
            continue
        except OSError as error:
            failed.append(_failed(upload, f"it cannot be kept ({error.strerror}). Make room, and add it again."))
            continue
        if place.name.endswith(SIDECAR):
            sidecars.append((place, upload.name))
        else:
            files[place] = upload.name
    for sidecar, name in sidecars:
        beside = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
        if beside.is_file():
            files.setdefault(beside, name.removesuffix(SIDECAR))
        else:
            why = f"it tells of {beside.name}, which is not beside it. Add the two together."
            failed.append(Outcome(name, "failed", message=f"{name}: {why}"))
            sidecar.unlink(missing_ok=True)
    return Kept(files, failed)


def _failed(upload: Upload, reason: str) -> Outcome:
    return Outcome(upload.name, "failed", message=f"{upload.name}: {reason}")


def _drop(path: Path, left: int) -> None:
    if not left:
        with suppress(OSError):
            path.unlink()
            path.parent.rmdir()


def _moved(upload: Upload, folder: Path, is_last: bool) -> Path:
    """Move an upload below the folder, or copy it where it stands for another one too; return where it is then."""
    *parents, name = upload.parts
    for parent in parents:
        folder = _free(folder, parent, of_folder=True)
    folder.mkdir(parents=True, exist_ok=True)
    place = _free(folder, name, of_folder=False)
    draft = folder / f".{hashlib.sha256(name.encode()).hexdigest()[:16]}.part"
    try:
        if is_last:
            shutil.move(upload.path, draft)  # a rename, where Gradio's folder is on the same disk
        else:
            shutil.copyfile(upload.path, draft)
        os.replace(draft, place)  # all of it or nothing, over what was there
    finally:
        draft.unlink(missing_ok=True)
    if is_last:
        with suppress(OSError):
            upload.path.parent.rmdir()
    return Path(os.path.realpath(place))


def _free(folder: Path, name: str, of_folder: bool) -> Path:
    """Return the path of this name: the file or folder that has it, or one that is not there yet.

    Where something else has it, a folder or a name that a disk without capitals takes for the same, digits tell it apart.
    """
    place = folder / name
    if not os.path.lexists(place):
        return place
    fits = place.is_dir() if of_folder else place.is_file() and not place.is_symlink()
    other = folder / name.swapcase()
    folds = other != place and os.path.lexists(other) and other.samefile(place)
    return place if fits and (not folds or name in os.listdir(folder)) else folder / _marked(name, f"{name}{of_folder}")


def _fit(name: str) -> str:
    """Return a name as a file can have it and a terminal show it, two different ones staying different."""
    told = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    told = "".join(" " if unicodedata.category(char) == "Zs" else char for char in told)
    plain = "".join(char if char.isprintable() else "_" for char in told).strip(". ")
    return plain if plain == told and len(plain.encode()) <= LONGEST_NAME else _marked(plain, told)


def _marked(name: str, told: str) -> str:
    """Return a name with digits that stand for what was `told`, shortened if it is long; its suffix is kept."""
    stem, dot, suffix = name.rpartition(".") if "." in name[-20:] else (name, "", "")
    end = f"~{hashlib.sha256(told.encode()).hexdigest()[:8]}{dot}{suffix}"
    return stem.encode()[: LONGEST_NAME - len(end.encode())].decode("utf-8", "ignore") + end
