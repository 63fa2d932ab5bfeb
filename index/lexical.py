"""The lexical index: BM25 over passages and over whole documents. The only file that imports tantivy.

BM25 with k1=1.2 and b=0.75 (Robertson and Zaragoza, 2009) is Tantivy's own. Words are lower-cased, accents folded,
stemmed (Snowball English). A query is the bag of its words: no query syntax, so no question can be a wrong one.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import tantivy

from index.damage import told_as_damage

__all__ = ["LexicalIndex", "Text", "stem", "stems"]

ANALYZER = "english"
LONGEST_TERM = 100  # bytes
HEAP_BYTES = 64 * 2**20
MOST_TERMS = 1_000  # of one query


@dataclass(frozen=True, slots=True)
class Text:
    """What one index holds: an id, the version key ("id@version") it belongs to, and the words."""

    id: str
    key: str
    body: str


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(LONGEST_TERM),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


_english = _analyzer()


def stems(text: str) -> list[str]:
    """Return the words of `text` as the index knows them, in order."""
    return list(_english.analyze(text))


@lru_cache(65_536)
def stem(word: str) -> str:
    """Return a word as the index knows it; of several parts the first, of none the word itself."""
    return next(iter(stems(word)), word.lower())


class LexicalIndex:
    """One Tantivy index, open. A reader sees what was committed when it was opened or last refreshed."""

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, or begin it. Raises LibraryDamagedError if Tantivy cannot."""
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("body", tokenizer_name=ANALYZER, index_option="freq")
        self._schema = builder.build()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with told_as_damage(folder, ValueError, OSError):
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
        self._index.register_tokenizer(ANALYZER, _english)

    def write(self, added: Iterable[Text] = (), removed: Iterable[str] = ()) -> None:
        """Remove all that belongs to the version keys `removed` and add texts, in one commit."""
        with told_as_damage(self._folder, ValueError, OSError):
            writer = self._index.writer(HEAP_BYTES, 1)
            for key in removed:
                writer.delete_documents_by_term("key", key)
            for text in added:
                document = tantivy.Document()
                document.add_text("id", text.id)
                document.add_text("key", text.key)
                document.add_text("body", text.body)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()

    def count(self) -> int:
        return int(self._index.searcher().num_docs)

    def idf(self, words: Iterable[str]) -> dict[str, float]:
        """Return ln((N + 1) / (n + 0.5)) of each stem: n of the N texts hold it (after Robertson and Zaragoza, 2009)."""
        searcher = self._index.searcher()
        count = searcher.num_docs
        return {word: math.log((count + 1) / (min(searcher.doc_freq("body", word), count) + 0.5)) for word in words}

    def search(self, query: str, k: int, allowed: Callable[[str], bool]) -> list[tuple[str, float]]:
        """Return the k best (id, BM25) whose version key is allowed, best first; fewer if fewer match."""
        terms = list(dict.fromkeys(stems(query)))[:MOST_TERMS]
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "body", term)) for term in terms]
        searcher = self._index.searcher()
        limit = k
        while parts:
            with told_as_damage(self._folder, ValueError, OSError):
                hits = searcher.search(tantivy.Query.boolean_query(parts), limit, count=False).hits
                documents = ((searcher.doc(address), score) for score, address in hits)
                admitted = ((document["id"][0], score) for document, score in documents if allowed(document["key"][0]))
                found = list(
                    islice(admitted, k)
                )  # to read what is stored of the others too would take most of the time
            if len(found) == k or len(hits) < limit:
                return found
            limit *= 8  # the filter took too many: look further down
        return []

    def matching(self, words: Sequence[str], least: int) -> list[str]:
        """Return the version key of every text that holds at least `least` of these stems."""
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "body", word)) for word in words]
        if not 0 < least <= len(parts):
            return []
        with told_as_damage(self._folder, ValueError, OSError):
            searcher = self._index.searcher()
            query = tantivy.Query.boolean_query(parts, minimum_number_should_match=least)
            hits = searcher.search(query, max(1, searcher.num_docs), count=False).hits
            return [searcher.doc(address)["key"][0] for _, address in hits]

    def kept(self) -> list[tuple[str, str]]:
        """Return the id and the version key of every text."""
        with told_as_damage(self._folder, ValueError, OSError):
            searcher = self._index.searcher()
            hits = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
            documents = [searcher.doc(address) for _, address in hits]
        return [(document["id"][0], document["key"][0]) for document in documents]
