"""What the service's document shows of settings and of sources can be read, and says all that there is to say."""

import re
from datetime import date
from pathlib import Path

import pytest

from timetable_renderer.core.assemble import assemble
from timetable_renderer.core.bare import config_of
from timetable_renderer.core.config import FORMATS, FestivalConfig, SourceConfig, StageConfig, WalkConfig
from timetable_renderer.core.config_files import read_config
from timetable_renderer.core.sources import parse

DOCUMENT = (Path(__file__).parents[2] / "docs" / "timetable-renderer.md").read_text("utf-8")
SETTINGS = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
# A format's name begins its paragraph; the next block is its example.
SOURCES = dict(re.findall(r"^`([a-z-]+)`: .*?^```[a-z]+\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))


def test_the_settings_that_are_shown_are_read_and_are_all_that_there_are() -> None:
    (text,) = SETTINGS
    config = read_config(text.encode(), name="shiosai-2027.toml")
    assert config.model_fields_set == set(FestivalConfig.model_fields)
    assert {name for source in config.sources for name in source.model_fields_set} == set(SourceConfig.model_fields)
    assert {name for stage in config.stages for name in stage.model_fields_set} == set(StageConfig.model_fields)
    assert config.walks[0].model_fields_set == set(WalkConfig.model_fields)


def test_every_format_has_an_example() -> None:
    assert set(SOURCES) == set(FORMATS) - {"auto"}


@pytest.mark.parametrize("name", SOURCES)
def test_an_example_is_recognised_and_makes_a_festival(name: str) -> None:
    parsed = parse(SOURCES[name].encode())
    assert parsed.format == name
    assert parsed.passed_over == ()
    config = config_of(parsed, f"{name}.txt", first_day=date(2027, 8, 6))
    made = assemble(config, [(config.sources[0], parsed)])
    assert made.festival.slots
    assert all(fault.harmless for fault in made.passed_over)
