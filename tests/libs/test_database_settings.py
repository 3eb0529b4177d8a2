"""What services with a database can be told of it."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.settings import settings_table


class DemoSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")


class OtherSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="OTHER_")


def test_each_service_keeps_a_file_of_its_own_in_the_data_directory() -> None:
    assert DemoSettings(data_dir=Path("kept")).database == "sqlite:///kept/demo.db"
    assert OtherSettings(data_dir=Path("kept")).database == "sqlite:///kept/other.db"
    assert DemoSettings(data_dir=Path("/kept")).database == "sqlite:////kept/demo.db"


def test_a_database_is_named_for_one_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_DATABASE_URL", "postgresql://genba@db/demo")
    monkeypatch.setenv("GENBA_DATABASE_URL", "sqlite:///shared.db")
    monkeypatch.setenv("GENBA_READ_THREADS", "9")
    assert DemoSettings().database == "postgresql://genba@db/demo"
    assert OtherSettings(data_dir=Path("kept")).database == "sqlite:///kept/other.db"
    assert OtherSettings().read_threads == 4


@pytest.mark.parametrize("url", ["", "wiki.db", "mysql://db/wiki", "sqlite://", "sqlite:///:memory:", "://"])
def test_what_is_no_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValidationError, match="database_url"):
        DemoSettings(database_url=url)


def test_the_table_of_settings_has_them_under_the_services_own_prefix() -> None:
    names = [row.name for row in settings_table(DemoSettings)]
    assert {"DEMO_DATABASE_URL", "DEMO_READ_THREADS"} <= set(names)
    assert not {"GENBA_DATABASE_URL", "GENBA_READ_THREADS"} & set(names)
