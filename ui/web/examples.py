"""Choose the questions that the empty page offers."""

from collections.abc import Sequence

from corpus.catalog import Entry

__all__ = ["EXAMPLES", "examples"]

EXAMPLES = 3
LONGEST_TITLE = 90  # characters: a longer one makes no readable question
# Title of a sample document -> a question that it answers.
SAMPLES = {
    "Signals of interest: who has hinted at talks": (
        "How many cargo ships had sailed under the grain deal by 23 August?"
    ),
    "Kremlin wants a negotiated solution, Schröder tells Stern": "According to Schröder, what does the Kremlin want?",
    "Poll note: Seattle voters back negotiations, House chairman says": (
        "What percentage of likely voters in the Seattle poll want the US to negotiate?"
    ),
}


def examples(entries: Sequence[Entry]) -> list[str]:
    """Return up to three questions that the library can answer: the samples' own where it holds them."""
    titles = [entry.name for entry in entries]
    known = [question for title, question in SAMPLES.items() if title in titles]
    others = [title for title in titles if title not in SAMPLES and len(title) <= LONGEST_TITLE]
    return (known + [f"What is reported about “{title}”?" for title in others])[:EXAMPLES]
