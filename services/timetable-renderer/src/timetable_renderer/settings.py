"""What the timetable service can be told."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from genba_servicekit.addresses import Network, parse_networks
from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.settings import Unit


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    parse_networks(texts)
    return texts


class TimetableSettings(DatabaseSettings):
    """Settings of the timetable service, from `TIMETABLE_…`."""

    model_config = SettingsConfigDict(env_prefix="TIMETABLE_")

    port: int = Field(default=8002, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    festivals: Path | None = Field(
        default=None,
        description="A festival's configuration (TOML or JSON), or a folder of them; read at start. None: those set "
        "up over REST.",
    )
    festival_limit: Annotated[int, Unit("festivals")] = Field(
        default=1_000, ge=1, description="Festivals that can be set up; all their timetables are kept in memory."
    )
    versions_kept: Annotated[int, Unit("versions")] = Field(
        default=500, ge=2, description="Versions of a timetable that are kept; the oldest make room."
    )
    refresh_poll: Annotated[float, Unit("seconds")] = Field(
        default=1.0, gt=0, le=60, description="How often a process looks which festival's refresh is due."
    )
    follow_poll: Annotated[float, Unit("seconds")] = Field(
        default=2.0, gt=0, le=60, description="The longest that another process's update can stay unseen without Redis."
    )
    fetch_allow: Annotated[tuple[str, ...], Unit("JSON list"), AfterValidator(_networks)] = Field(
        default=(),
        description='Networks that sources may be fetched from although they are not public: ["10.0.0.0/8"].',
    )
    fetch_ports: Annotated[tuple[int, ...], Unit("JSON list")] = Field(
        default=(80, 443), description="Ports of public hosts that sources may be fetched from."
    )
    fetch_timeout: Annotated[float, Unit("seconds")] = Field(
        default=30.0, gt=0, le=120, description="For a whole source to be fetched, with redirects and retries."
    )
    fetch_limit: Annotated[int, Unit("bytes")] = Field(
        default=20_000_000, ge=1_000, le=1 << 28, description="Longest source, before and after decompression."
    )
    wiki_url: Annotated[str | None, Unit("URL")] = Field(
        default=None, pattern=r"^https?://", description="A wiki-linker whose entries performers' names link to."
    )
    font_regular: Path | None = Field(
        default=None, description="Font file of the pictures' text; none: the best that is found."
    )
    font_bold: Path | None = Field(default=None, description="Font file of the pictures' bold text; none: as above.")
    picture_cache: Annotated[int, Unit("bytes")] = Field(
        default=12 << 20, ge=0, description="Memory for finished pictures; the oldest make room."
    )
    render_threads: Annotated[int, Unit("threads")] = Field(
        default=2, ge=1, le=64, description="Pictures that are drawn at once."
    )
    render_waiting: Annotated[int, Unit("pictures")] = Field(
        default=200, ge=1, description="Pictures that may wait to be drawn; further ones are answered with 503."
    )
    share_limit: str = Field(
        default="60/minute", description="Share links that one address may make; more are answered with 429."
    )

    @property
    def fetch_networks(self) -> tuple[Network, ...]:
        """`fetch_allow`, read."""
        return parse_networks(self.fetch_allow)
