"""Transcripts with timings, WebVTT and SubRip: what is said, without them, a paragraph for each speaker.

A speaker stands before his words as "NAME: ", so that they are found to be his: as the cues have it, or from WebVTT's
`<v Name>`. A pause of two seconds after the end of a sentence, or 800 characters, open a paragraph too. Cues of sounds alone are left out.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SourceError
from corpus.readers.blocks import joined
from corpus.readers.charsets import decode
from corpus.readers.frontmatter import front_matter
from corpus.turns import turn
from corpus.types import Extract

__all__ = ["read_srt", "read_vtt"]

TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
TIMING = re.compile(rf"[ \t]*{TIME}[ \t]*-->[ \t]*{TIME}")
VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s([^<>]{1,200})>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z0-9][^<>]*>|\{\\[^{}]*\}")
SOUND = re.compile(r"[\[(♪][^\])]*[\])♪]?|♪.*")
NEW_SPEAKER = re.compile(r"(?:>>+|[-–—](?=\s?[^\W\d_]))\s*")
SENTENCE_END = (".", "!", "?", "…", '."', '?"', '!"', ".”", "?”", "!”")
PAUSE_S = 2.0
FULL, LINES = 800, 40  # a paragraph is full with so many characters in its last so many lines
NOT_CUES = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at once: from when to when, in seconds, and its lines."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def read_vtt(path: Path) -> Iterator[Extract]:
    """Yield a WebVTT transcript as one extract. Raises SourceError if it has no cue with words."""
    yield _extract(path, "text/vtt")


def read_srt(path: Path) -> Iterator[Extract]:
    """Yield a SubRip transcript as one extract. Raises SourceError if it has no cue with words."""
    yield _extract(path, "application/x-subrip")


def _extract(path: Path, media_type: str) -> Extract:
    fields, source = front_matter(decode(path.read_bytes(), path), path)
    paragraphs = list(_paragraphs(_cues(source)))
    if not paragraphs:
        raise SourceError(f"{path}: no cues with words in it. Is it a transcript? Save its words as text.")
    text, _ = joined([(paragraph, False) for paragraph in paragraphs])
    stated = {"title": path.stem, **fields}
    return Extract(text=text, media_type=media_type, **stated)  # type: ignore[arg-type]


def _cues(source: str) -> Iterator[Cue]:
    for block in re.split(r"\n[ \t]*\n", source):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:3]) if TIMING.match(line)), None)
        if at is None or lines[0].startswith(NOT_CUES):
            continue
        found = TIMING.match(lines[at])
        assert found is not None
        times = [float(part or 0) for part in found.groups()]
        yield Cue(_seconds(times[:4]), _seconds(times[4:]), tuple(lines[at + 1 :]))


def _seconds(parts: list[float]) -> float:
    hours, minutes, seconds, thousandths = parts
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _paragraphs(cues: Iterator[Cue]) -> Iterator[str]:
    """Yield the paragraphs: another speaker, or after a sentence a pause or a full paragraph, opens one."""
    words: list[str] = []
    speaker, end_s = "", 0.0
    for cue in cues:
        for voice, line in _said(cue):
            if words and line == words[-1]:  # captions that roll repeat the line above
                continue
            full = cue.start_s - end_s >= PAUSE_S or sum(map(len, words[-LINES:])) >= FULL
            ended = full and words[-1].endswith(SENTENCE_END) if words else False
            if words and (ended or voice == "" or (voice and voice != speaker)):
                yield _paragraph(speaker, words)
                words = []
            speaker = speaker if voice is None else voice
            words.append(line)
        end_s = cue.end_s
    if words:
        yield _paragraph(speaker, words)


def _paragraph(speaker: str, words: list[str]) -> str:
    return (f"{speaker}: " if speaker else "") + " ".join(words)


def _said(cue: Cue) -> Iterator[tuple[str | None, str]]:
    """Yield each line's speaker and words; the speaker is None where the line goes on, "" where another one is not named."""
    for line in cue.lines:
        marked = VOICE.search(line)
        words = " ".join(html.unescape(TAG.sub("", line)).split())
        if not words or SOUND.fullmatch(words):
            continue
        named = turn(words)
        if marked:
            voice: str | None = " ".join(marked.group(1).split())
        elif named:
            voice, words = named[0], words[named[1] :]
        else:
            fresh = NEW_SPEAKER.match(words)
            voice, words = ("", words[fresh.end() :]) if fresh else (None, words)
        if words:
            yield voice, words
