"""Examples in the description of the API; the tests hold each against its schema, and ask those that are requests."""

from typing import Any

__all__ = [
    "ADDED",
    "ANSWER",
    "ASKED",
    "CHECKED",
    "CHECKING",
    "CONVERSATION",
    "DOCUMENT",
    "DOCUMENTS",
    "EDITED",
    "FOLLOWED",
    "FOUND",
    "JOB",
    "JOBS",
    "LISTED",
    "PACK",
    "PACKED",
    "QUOTED",
    "RENAMED",
    "SEARCHED",
    "STREAMED",
    "SUMMARY",
    "TAKEN",
    "TEXT",
    "VERSIONS",
]

Examples = dict[str, dict[str, Any]]

QUESTION = "What did the school board say about taxes?"
QUOTE = '"We will not raise taxes for it," said the school board.'
PASSAGE = f"What it costs\n\n{QUOTE} The school will have 600 pupils."
VIEWS = {"cosine": 0.6874, "bm25_passage": 4.0353, "bm25_document": 3.6702, "late_interaction": 0.747}
SOURCE = "/home/ines/mine/school.md"

SEARCHED: Examples = {
    "words": {"summary": "Some words", "value": {"query": "harbour bridge", "k": 3}},
    "limited": {
        "summary": "Of one outlet, as of a day",
        "value": {"query": "new school", "outlets": ["Harbour Post"], "as_of": "2021-06-30"},
    },
}
ASKED: Examples = {
    "question": {"summary": "A question", "value": {"question": QUESTION}},
    "limited": {
        "summary": "What was known by a month, of one speaker",
        "value": {"question": "What was said about taxes?", "as_of": "2021-06", "speakers": ["school board"], "k": 5},
    },
    "conversation": {
        "summary": "The first question of a conversation that is kept",
        "value": {"question": "When was the harbour bridge closed?", "conversation": "new"},
    },
    "stream": {"summary": "Told as it comes", "value": {"question": QUESTION, "stream": True, "engine": "quote"}},
}
FOUND = {
    "query": "new school",
    "count": 1,
    "searched": 3,
    "undated_left_out": 0,
    "passages": [
        {
            "document_id": "f98882c50512",
            "version": 1,
            "source": SOURCE,
            "title": "A new school",
            "outlet": "Harbour Post",
            "published": "2021-05-04",
            "start": 61,
            "end": 165,
            "text": PASSAGE,
            "score": 2.1393,
            "views": VIEWS,
        }
    ],
}
ANSWER = {
    "schema": 1,
    "id": None,
    "question": QUESTION,
    "query": QUESTION,
    "status": "answered",
    "confidence": 0.7681,
    "reason": None,
    "text": f"{QUOTE} [1]",
    "short": None,
    "statements": [
        {
            "text": QUOTE,
            "start": 0,
            "end": 56,
            "support": "quoted",
            "reason": None,
            "citations": [1],
            "date": None,
        }
    ],
    "citations": [
        {
            "marker": 1,
            "document": {
                "id": "f98882c50512",
                "version": 1,
                "title": "A new school",
                "source": SOURCE,
                "outlet": "Harbour Post",
                "published": "2021-05-04",
                "updated": None,
                "authors": [],
                "tags": ["schools", "harbour"],
                "content_hash": "80132f49f7cec8e9862aaf2cfe0266a3c79e5748621d51c82148097ee0707ac0",
                "duplicate_group": None,
            },
            "start": 76,
            "end": 132,
            "quote": QUOTE,
            "answer": None,
            "when": None,
            "page": None,
            "speaker": "the school board",
            "speech": "direct",
            "cue": "said",
            "content": [77, 108],
            "via": [],
            "said_on": None,
            "retold": [],
        }
    ],
    "positions": [],
    "conflicts": [],
    "independent_sources": 1,
    "newest": "2021-05-04",
    "age": None,
    "as_of": None,
    "filters": {},
    "searched": 3,
    "by_words_only": False,
    "passages": [
        {"document_id": "f98882c50512", "source": SOURCE, "start": 61, "end": 165}
        | {"text": PASSAGE, "score": 2.1393, "views": VIEWS}
    ],
    "engine": "quote",
    "model": None,
    "usage": None,
    "settings_hash": "5a940ec48bf1",
    "timings": {"retrieve_ms": 33.2, "answer_ms": 12.1},
}
STREAMED = (
    'event: looking\ndata: {"query": "What did the school board say about taxes?", "passages": 5, "documents": []}\n\n'
    'event: statement\ndata: {"text": "...", "citations": [1], "support": "quoted", "reason": null, "date": null}\n\n'
    'event: answer\ndata: {"schema": 1, "question": "What did the school board say about taxes?", ...}\n\n'
)
CHECKING: Examples = {
    "draft": {
        "summary": "Two sentences",
        "value": {"text": "The harbour bridge was closed in March 2021. Repairs will cost 50 million dollars."},
    }
}
CHECKED = {
    "count": 1,
    "verdicts": {"quoted": 1},
    "sentences": [ANSWER | {"id": "1", "draft": {"start": 0, "end": 56}}],
}
QUOTED = {"count": 1, "quotes": ANSWER["citations"], "similar": []}
SUMMARY = {
    "id": "d88f8ea9c8fd",
    "title": "Taxes and the school",
    "created_at": "2026-11-23T12:39:26+00:00",
    "updated_at": "2026-11-23T12:41:02+00:00",
    "turns": 1,
}
LISTED = {"count": 1, "conversations": [SUMMARY]}
CONVERSATION = SUMMARY | {"turns": [{"question": QUESTION, "asked_at": "2026-11-23T12:41:02+00:00", "answer": ANSWER}]}
PACK = {"onrecord": "conversation", "schema": 1} | CONVERSATION
RENAMED: Examples = {"title": {"summary": "Another title", "value": {"title": "Taxes and the school"}}}
PACKED: Examples = {"pack": {"summary": "A pack of one turn", "value": PACK}}
TAKEN = {
    "id": "d88f8ea9c8fd",
    "new": True,
    "quotations": 1,
    "standing": 0,
    "missing": [
        {
            "id": "f98882c50512",
            "version": 1,
            "title": "A new school",
            "source": SOURCE,
            "content_hash": "80132f49f7cec8e9862aaf2cfe0266a3c79e5748621d51c82148097ee0707ac0",
        }
    ],
}

DOCUMENT = {
    "id": "f98882c50512",
    "version": 1,
    "source": SOURCE,
    "title": "A new school",
    "published": "2021-05-04",
    "updated": None,
    "authors": [],
    "outlet": "Harbour Post",
    "tags": ["schools", "harbour"],
    "language": None,
    "media_type": "text/markdown",
    "content_hash": "80132f49f7cec8e9862aaf2cfe0266a3c79e5748621d51c82148097ee0707ac0",
    "headings": [[0, 12], [61, 74]],
    "pages": [],
    "added_at": "2026-11-23T02:31:42+00:00",
    "url": None,
    "duplicate_group": None,
    "length": 179,
}
ROW = ("id", "version", "source", "title", "published", "outlet", "tags", "media_type", "added_at", "duplicate_group")
DOCUMENTS = {
    "total": 1,
    "offset": 0,
    "documents": [{key: DOCUMENT[key] for key in ROW} | {"passages": 2, "problem": None, "removed_at": None}],
}
TEXT = {"id": "f98882c50512", "version": 1, "start": 0, "end": 12, "length": 179, "text": "A new school"}
VERSIONS = {
    "id": "f98882c50512",
    "versions": [
        {
            "version": 1,
            "added_at": "2026-11-23T02:31:42+00:00",
            "published": "2021-05-04",
            "words": 32,
            "words_new": 0,
            "words_gone": 0,
            "changed": [],
        }
    ],
}
EDITED: Examples = {
    "stated": {"summary": "A date and an outlet", "value": {"published": "2021-05-04", "outlet": "Harbour Post"}},
    "unknown": {"summary": "Nobody knows who wrote it", "value": {"authors": None}},
}
ADDED: Examples = {
    "addresses": {
        "summary": "Pages and feeds",
        "value": {"urls": ["https://news.example/school"], "follow": True, "tags": ["schools"]},
    },
    "text": {"summary": "Text", "value": {"text": "The ferry carries 900 cars a day.", "title": "The ferry"}},
}
JOB = {
    "job": "9f1c2a4b5d6e7f80",
    "title": "school.md",
    "state": "done",
    "stopping": False,
    "share": 1.0,
    "documents": 1,
    "passages": 2,
    "counts": {"added": 1},
    "seconds": 0.4,
    "seconds_left": None,
    "error": None,
    "outcomes": [
        {
            "name": "school.md",
            "status": "added",
            "document_id": "f98882c50512",
            "title": "A new school",
            "passages": 2,
            "message": None,
            "note": None,
        }
    ],
    "events": "/api/v1/jobs/9f1c2a4b5d6e7f80/events",
}
JOBS = {"jobs": [JOB]}
FOLLOWED = """event: progress
data: {"state": "running", "share": 0.5, "reading": "school.md", "documents": 0, "passages": 0}

id: 1
event: outcome
data: {"name": "school.md", "status": "added", "document_id": "f98882c50512", "title": "A new school", "passages": 2, "message": null, "note": null}

event: end
data: {"job": "9f1c2a4b5d6e7f80", "state": "done"}

"""
