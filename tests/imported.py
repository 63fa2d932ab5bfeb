"""Conversations drawn as an evidence pack may hold them: of the right form, with anything for a text."""

from hypothesis import strategies as st

from corpus.conversations import Conversation, Exchange

__all__ = ["ANSWER", "CONVERSATION"]

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
MAYBE = st.none() | TEXT
NUMBER = st.integers(0, 2**53 - 1)
TEXTS = st.lists(TEXT, max_size=2)
TIME = st.datetimes().map(lambda time: f"{time.isoformat(timespec='seconds')}+00:00")
DOCUMENT = st.fixed_dictionaries(
    {
        **dict.fromkeys(("id", "title", "source", "content_hash"), TEXT),
        **dict.fromkeys(("outlet", "published", "updated"), MAYBE),
        **{"version": NUMBER, "authors": TEXTS, "tags": TEXTS, "duplicate_group": st.none()},
    }
)
CITATION = st.fixed_dictionaries(
    {
        **dict.fromkeys(("marker", "start", "end"), NUMBER),
        **{"document": DOCUMENT, "quote": TEXT, "speech": TEXT, "via": TEXTS, "page": st.none() | NUMBER},
        **{"speaker": MAYBE, "cue": MAYBE, "answer": st.none(), "content": st.none()},
        "said_on": st.none() | st.fixed_dictionaries({"text": TEXT, "from": TEXT, "to": TEXT}),
    }
)
ANSWER = st.fixed_dictionaries(
    {
        **dict.fromkeys(("question", "query", "status", "text", "engine"), TEXT),
        **{"as_of": MAYBE, "short": MAYBE, "confidence": st.floats(0, 1), "reason": st.none()},
        "citations": st.lists(CITATION, max_size=2),
        "statements": st.lists(
            st.fixed_dictionaries(
                {
                    **{"text": TEXT, "start": NUMBER, "end": NUMBER, "support": TEXT, "reason": MAYBE},
                    "citations": st.lists(NUMBER, max_size=2),
                }
            ),
            max_size=2,
        ),
    }
)
CONVERSATION = st.builds(
    Conversation,
    st.text("0123456789abcdef", min_size=12, max_size=12),
    TEXT.filter(str.strip),
    TIME,
    TIME,
    st.lists(st.builds(Exchange, TEXT, ANSWER, TIME), min_size=1, max_size=3).map(tuple),
)
