"""`/-/metrics`: what a service has counted, in the formats of Prometheus and OpenMetrics."""

from collections.abc import Iterator

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from odata_service.version import VERSION
from odata_service.web.meter import BOUNDS, Meter

_CLASSES = (*map(str, BOUNDS), "+Inf")


def exposition(meter: Meter, accept: str) -> tuple[bytes, str]:
    """The text that a scraper with this `Accept` takes, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(meter))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class _Counted(Collector):
    """What a meter has, as metrics."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        requests = CounterMetricFamily(
            "odata_requests", "Requests that were answered.", labels=("method", "kind", "status")
        )
        for counted in self._meter.counted():
            requests.add_metric((counted.method, counted.kind, str(counted.status or "other")), counted.times)
        yield requests
        seconds = HistogramMetricFamily(
            "odata_request_seconds", "Time from a request to its answer, waiting included.", labels=("method", "kind")
        )
        for durations in self._meter.durations():
            total, classes = 0.0, []
            for bound, count in zip(_CLASSES, durations.classes, strict=True):
                total += count
                classes.append((bound, total))
            seconds.add_metric((durations.method, durations.kind), classes, durations.seconds)
        yield seconds
        now = self._meter.now()
        yield GaugeMetricFamily("odata_requests_in_flight", "Requests that are not answered yet.", now.in_flight)
        yield GaugeMetricFamily("odata_requests_waiting", "Requests in flight that wait for their turn.", now.waiting)
        yield CounterMetricFamily("odata_rows_read", "Rows that the database gave.", now.rows)
        yield CounterMetricFamily("odata_database_failures", "Statements that the database failed at.", now.failures)
        yield CounterMetricFamily("odata_log_lines_lost", "Lines of the log that could not be written.", now.lost)
        yield GaugeMetricFamily("odata_spooled_bytes", "Answers that wait for their readers in files.", now.spooled)
        yield GaugeMetricFamily("odata_workers", "Worker processes.", now.workers)
        yield InfoMetricFamily("odata_service", "What serves.", {"version": VERSION})
