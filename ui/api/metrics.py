"""What the server counts and measures, for Prometheus: GET /metrics, with a token that may read where the server asks for one.

No label has a word of a request: a route is told as the program wrote it, a user not at all.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ui.tokens import Caller
from ui.web.jobs import State

if TYPE_CHECKING:
    from ui.api.desk import Desk

__all__ = ["Metrics", "metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
KINDS = ("answered", "partial", "abstained", "failed")
STATES: tuple[State, ...] = ("waiting", "running")


class Metrics:
    """What one server has counted since it was started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        named = ("door", "method", "route")
        self._requests = Counter(
            "onrecord_requests", "Requests that were answered.", (*named, "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "onrecord_request_seconds",
            "From a request's coming to the end of its answer.",
            named,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._questions = Counter(
            "onrecord_questions", "Questions, of pages and programs.", ["status"], registry=self.registry
        )
        self._answering = Histogram(
            "onrecord_question_seconds",
            "What answering took, without the waiting before it.",
            buckets=SECONDS,
            registry=self.registry,
        )
        for kind in KINDS:
            self._questions.labels(kind)  # so that it is told before the first of them
        ProcessCollector(registry=self.registry)

    def request(self, door: str, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; every word is one of a few."""
        self._requests.labels(door, method, route, str(status)).inc()
        self._seconds.labels(door, method, route).observe(seconds)

    def question(self, status: str, seconds: float) -> None:
        """Count what became of a question."""
        self._questions.labels(status).inc()
        self._answering.observe(seconds)


class _State(Collector):
    """What is there at the moment: the library, the questions under way, the jobs."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._counted: tuple[int, tuple[int, int]] | None = None  # at which generation; counting takes a while

    def describe(self) -> Iterable[Metric]:
        return ()  # else it would be collected when it is registered

    def collect(self) -> Iterator[Metric]:
        catalog, answering = self._desk.assistant.library.catalog, self._desk.answering
        generation = catalog.generation()
        if self._counted is None or self._counted[0] != generation:
            self._counted = generation, catalog.count()
        documents, passages = self._counted[1]
        for name, told, value in (
            ("documents", "Live documents of the library.", documents),
            ("passages", "Their passages.", passages),
            ("generation", "Changes made to the library so far.", generation),
            (
                "answering",
                "Questions and searches of programs that are worked at.",
                answering.under_way - answering.waiting,
            ),
            ("answering_waiting", "Those that wait for their turn.", answering.waiting),
        ):
            yield GaugeMetricFamily(f"onrecord_{name}", told, value)
        jobs = Tally(job.state for job in self._desk.adding.list())
        family = GaugeMetricFamily("onrecord_jobs", "Jobs that add, under way.", labels=["state"])
        for state in STATES:
            family.add_metric([state], jobs[state])
        yield family


def metrics(desk: "Desk") -> APIRouter:
    """Return the door /metrics."""
    router = APIRouter(tags=["health"])
    desk.metrics.registry.register(_State(desk))

    @router.get("/metrics", include_in_schema=False)
    def tell(request: Request, caller: Annotated[Caller, Depends(desk.reader())]) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(desk.metrics.registry), media_type=media_type)

    return router
