"""What is counted, for Prometheus.

Conventions
-----------
Each service has a registry of its own. Paths are counted by their route, so that no caller can make
new rows; nothing counts who called. Every answer with 503 has one of a few reasons, so that a full
queue, which more replicas mend, is told from a store that is away, which they do not.

Contents
--------
REASONS, Metrics
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["REASONS", "Metrics"]

#: Why the answer is 503: no place in the queue; a picture or a sound is made longer than a caller
#: waits; the database or the object store does not answer; the service takes no work.
REASONS = ("full", "late", "store", "busy")

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)


class Metrics:
    """The figures of one service.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.ratings.labels("stars").inc()
    >>> b'melodyai_ratings_total{kind="stars"} 1.0' in metrics.text()
    True
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "melodyai_requests", "Requests answered", ["method", "route", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.refused = Counter(
            "melodyai_refused", "Requests answered 503, by the reason", ["reason"],
            registry=self.registry,
        )  # fmt: skip
        for reason in REASONS:  # a figure that begins at nought has a rate at the first refusal
            self.refused.labels(reason)
        self.request_seconds = Histogram(
            "melodyai_request_seconds", "How long an answer took", ["route"],
            registry=self.registry, buckets=(0.001, 0.005, 0.01, 0.05, *_SECONDS[1:]),
        )  # fmt: skip
        self.queue_length = Gauge("melodyai_queue_length", "Jobs that wait", registry=self.registry)
        self.busy_workers = Gauge(
            "melodyai_busy_workers", "Processes at work", registry=self.registry
        )
        self.jobs = Counter(
            "melodyai_jobs", "Jobs that ended", ["kind", "state"], registry=self.registry
        )
        self.generation_seconds = Histogram(
            "melodyai_generation_seconds", "How long a job was worked on", ["kind"],
            registry=self.registry, buckets=_SECONDS,
        )  # fmt: skip
        self.tokens = Counter("melodyai_tokens", "Tokens drawn", registry=self.registry)
        self.rule_conflicts = Counter(
            "melodyai_rule_conflicts", "Requests whose rules cannot be kept together",
            registry=self.registry,
        )  # fmt: skip
        self.batch_size = Histogram(
            "melodyai_batch_size", "Jobs of one model that a worker did in a row",
            registry=self.registry, buckets=(1, 2, 4, 8, 16, 32, 64),
        )  # fmt: skip
        self.ratings = Counter("melodyai_ratings", "Ratings kept", ["kind"], registry=self.registry)

    def text(self) -> bytes:
        """Write all figures as Prometheus reads them."""
        return generate_latest(self.registry)
