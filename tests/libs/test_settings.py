"""Settings come from the environment, the service's own prefix before the shared one."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from genba_servicekit.settings import ServiceSettings, Unit, load_services, settings_table


class DemoSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")

    port: int = Field(default=8099, ge=0, le=65535, description="Port to listen on.")
    cache: Annotated[int, Unit("bytes")] = Field(default=1024, description="How much is kept.")
    mode: Literal["fast", "exact"] = Field(default="exact", description="Which way.")
    folder: Path | None = Field(default=None, description="Where to.")


def test_everything_has_a_default_that_works_on_a_laptop() -> None:
    settings = DemoSettings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8099, Path("var"))
    assert settings.redis_url is None


def test_a_shared_setting_is_read_from_the_shared_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENBA_DATA_DIR", "/srv/genba")
    assert DemoSettings().data_dir == Path("/srv/genba")


def test_the_services_own_prefix_goes_before_the_shared_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENBA_LOG_LEVEL", "error")
    monkeypatch.setenv("DEMO_LOG_LEVEL", "debug")
    assert DemoSettings().log_level == "debug"


def test_each_service_has_a_session_cookie_of_its_own() -> None:
    assert DemoSettings().session_cookie == "demo_session"
    assert len({spec.settings().session_cookie for spec in load_services()}) == len(load_services())


def test_a_setting_of_the_service_is_not_read_from_the_shared_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENBA_FOLDER", "/somewhere")
    assert DemoSettings().folder is None


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PORT", "1")
    assert DemoSettings(port=2).port == 2


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENBA_REDIS_URL", "")
    assert DemoSettings().redis_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMO_PORT", "many"),
        ("DEMO_PORT", "70000"),
        ("GENBA_PUBLIC_URL", "wiki.example.org"),
        ("GENBA_BODY_LIMIT", "-1"),
    ],
)
def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        DemoSettings()


def test_a_public_address_is_kept_as_scheme_host_and_port() -> None:
    assert ServiceSettings(public_url="https://wiki.example.org:8443/start?x=1").public_url == (
        "https://wiki.example.org:8443"
    )


def test_the_table_names_every_setting_once_with_default_unit_and_help() -> None:
    rows = {row.name: row for row in settings_table(DemoSettings)}
    assert len(rows) == len(DemoSettings.model_fields)
    assert rows["DEMO_PORT"][1:] == ("8099", "number", "Port to listen on.")
    assert rows["DEMO_CACHE"].unit == "bytes"
    assert rows["DEMO_MODE"].unit == "fast, exact"
    assert rows["DEMO_FOLDER"][1:3] == ("", "path")
    assert rows["GENBA_ACCESS_LOG"][1:3] == ("true", "true or false")
    assert all(row.unit and row.help for row in rows.values())


def test_the_table_names_the_variables_that_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in settings_table(DemoSettings):
        if row.unit == "number" and row.name.endswith("PORT"):
            monkeypatch.setenv(row.name, "4711")
    assert DemoSettings().port == 4711


def test_installed_services_are_found_with_what_they_are() -> None:
    services = load_services()
    assert [service.default_port for service in services] == sorted(service.default_port for service in services)
    for service in services:
        assert issubclass(service.settings, ServiceSettings)
        assert service.settings.model_fields["port"].default == service.default_port
