"""Pictures, refreshes, and how old timetables are, as Prometheus asks for them."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from timetable_renderer.usecases.festivals import Festivals
from timetable_renderer.usecases.picturing import Picturing
from timetable_renderer.usecases.refreshing import Refreshing


class TimetableGauges(Collector):
    """Asks the use cases when Prometheus asks. What they count is of this process."""

    def __init__(self, festivals: Festivals, refreshing: Refreshing, picturing: Picturing) -> None:
        self._festivals = festivals
        self._refreshing = refreshing
        self._picturing = picturing

    def collect(self) -> Iterator[Metric]:
        """The families, as the registry asks for them."""
        pictures = CounterMetricFamily(
            "timetable_pictures",
            "Pictures asked for: drawn, kept (from memory), joined (somebody else's drawing), unfit, busy, failed.",
            labels=["result"],
        )
        for result, count in self._picturing.counts.items():
            pictures.add_metric([result], count)
        yield pictures
        yield CounterMetricFamily(
            "timetable_picture_drawing_seconds",
            "Time in which pictures were drawn, those that wait not counted.",
            value=self._picturing.seconds,
        )
        yield GaugeMetricFamily(
            "timetable_pictures_waiting", "Pictures that are drawn or wait to be.", value=self._picturing.waiting
        )
        refreshes = CounterMetricFamily("timetable_refreshes", "Refreshes, by how they ended.", labels=["result"])
        for result, count in self._refreshing.counts.items():
            refreshes.add_metric([result], count)
        yield refreshes
        fetched = GaugeMetricFamily(
            "timetable_fetched_timestamp_seconds",
            "When every source of a festival was last had and read.",
            labels=["festival"],
        )
        slots = GaugeMetricFamily("timetable_slots", "Slots of a festival's timetable.", labels=["festival"])
        for festival in self._festivals.all_current():
            slots.add_metric([festival.id], len(festival.slots))
            if festival.fetched_at is not None:
                fetched.add_metric([festival.id], festival.fetched_at.timestamp())
        yield fetched
        yield slots
