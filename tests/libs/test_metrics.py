"""What is counted comes out in Prometheus' form."""

from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from genba_servicekit.metrics import BUCKETS, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


def test_requests_are_counted_by_method_route_and_status() -> None:
    metrics = Metrics()
    for seconds in (0.0001, 0.003, 7.0, 60.0):
        metrics.traffic.record("GET", "/keyword/{keyword}", 200, seconds, 100)
    metrics.traffic.record("GET", "/keyword/{keyword}", 404, 0.001, 5)
    found = samples(metrics)
    key = {"method": "GET", "route": "/keyword/{keyword}", "status": "200"}
    assert found["genba_http_request_seconds_count", labels(**key)] == 4
    assert found["genba_http_request_seconds_sum", labels(**key)] == 67.0031
    assert found["genba_http_response_bytes_total", labels(**key)] == 400
    assert found["genba_http_request_seconds_count", labels(**{**key, "status": "404"})] == 1


def test_buckets_hold_all_that_took_no_longer() -> None:
    metrics = Metrics()
    for seconds in (0.0001, 0.003, 60.0):
        metrics.traffic.record("GET", "/", 200, seconds, 0)
    found = samples(metrics)
    key = {"method": "GET", "route": "/", "status": "200"}
    counts = [found["genba_http_request_seconds_bucket", labels(**key, le=str(bound))] for bound in BUCKETS]
    assert counts == [1.0] * 5 + [2.0] * 10
    assert found["genba_http_request_seconds_bucket", labels(**key, le="+Inf")] == 3


def test_methods_that_nobody_knows_are_counted_as_one() -> None:
    metrics = Metrics()
    for number in range(100):
        metrics.traffic.record(f"X{number}", "unmatched", 405, 0.001, 0)
    key = {"method": "other", "route": "unmatched", "status": "405"}
    assert samples(metrics)["genba_http_request_seconds_count", labels(**key)] == 100


def test_a_service_adds_figures_of_its_own() -> None:
    metrics = Metrics()
    Counter("wiki_renders", "Pages rendered.", registry=metrics.registry).inc(3)
    assert samples(metrics)["wiki_renders_total", frozenset()] == 3


def test_the_process_and_what_is_in_flight_are_there() -> None:
    metrics = Metrics()
    metrics.traffic.in_flight = 2
    found = samples(metrics)
    assert found["genba_http_requests_in_flight", frozenset()] == 2
    assert found["process_resident_memory_bytes", frozenset()] > 1e6


def test_two_applications_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.traffic.record("GET", "/", 200, 0.001, 0)
    assert "genba_http_request_seconds_count" not in {name for name, _ in samples(other)}
