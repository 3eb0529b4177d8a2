"""What the face service can be told."""

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


class FaceSettings(DatabaseSettings):
    """Settings of the face service, from `FACES_…`."""

    model_config = SettingsConfigDict(env_prefix="FACES_")

    port: int = Field(default=8003, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    artifacts_url: Annotated[str | None, Unit("URL")] = Field(
        default=None,
        description="Where models are: s3://bucket/prefix, or a folder; none: `faces` in the data directory.",
    )
    follow_poll: Annotated[float, Unit("seconds")] = Field(
        default=2.0,
        gt=0,
        le=60,
        description="The longest that another process's promotion can stay unseen without Redis.",
    )
    runtime_workers: Annotated[int, Unit("threads")] = Field(
        default=0, ge=0, le=256, description="In which the model is run, each with photos of its own; 0: one a core."
    )
    runtime_threads: Annotated[int, Unit("threads")] = Field(
        default=1, ge=0, le=256, description="Of the processor, that each of them takes to run the model; 0: all cores."
    )
    detector_model: Path | None = Field(
        default=None, description="A YuNet model (ONNX) that finds faces; none: OpenCV's Haar cascade."
    )
    upload_limit: Annotated[int, Unit("bytes")] = Field(
        default=32 << 20, ge=1_000, le=1 << 28, description="Longest request with pictures; more is answered with 413."
    )
    upload_memory: Annotated[int, Unit("bytes")] = Field(
        default=256 << 20,
        ge=1_000,
        description="All requests with pictures that are read at once; more are answered with 429.",
    )
    upload_timeout: Annotated[float, Unit("seconds")] = Field(
        default=60.0, gt=0, description="For a request with pictures to come in."
    )
    picture_threads: Annotated[int, Unit("threads")] = Field(
        default=2, ge=1, le=64, description="Pictures that are decoded and looked through at once."
    )
    pictures_waiting: Annotated[int, Unit("pictures")] = Field(
        default=64, ge=1, description="Pictures that may be in the works; further ones are answered with 429."
    )
    batch_photos: Annotated[int, Unit("photos")] = Field(
        default=32,
        ge=1,
        le=128,
        description="Photos of several requests that the model is given at once; 1: no more.",
    )
    batch_delay: Annotated[float, Unit("seconds")] = Field(
        default=0.002,
        ge=0,
        le=0.1,
        description="For which a model that likes many photos waits for more, if that pays.",
    )
    photos_waiting: Annotated[int, Unit("photos")] = Field(
        default=256, ge=1, description="Photos that may wait for the model; further ones are answered with 429."
    )
    answer_timeout: Annotated[float, Unit("seconds")] = Field(
        default=10.0, gt=0, description="For a photo to wait for the model and be looked at; later ones are given up."
    )
    fetch_allow: Annotated[tuple[str, ...], Unit("JSON list"), AfterValidator(_networks)] = Field(
        default=(),
        description='Networks that pictures may be fetched from although they are not public: ["10.0.0.0/8"].',
    )
    fetch_ports: Annotated[tuple[int, ...], Unit("JSON list")] = Field(
        default=(80, 443), description="Ports of public hosts that pictures may be fetched from."
    )
    fetch_timeout: Annotated[float, Unit("seconds")] = Field(
        default=10.0, gt=0, le=120, description="For a whole picture to be fetched, with redirects and retries."
    )

    jobs: bool = Field(
        default=True, description="Whether this process does trainings too, one at a time on each machine."
    )
    wiki_url: Annotated[str | None, Unit("URL")] = Field(
        default=None, pattern=r"^https?://", description="A wiki-linker whose entries people's names link to."
    )
    timetable_url: Annotated[str | None, Unit("URL")] = Field(
        default=None, pattern=r"^https?://", description="A timetable-renderer that knows where people play next."
    )
    first_model: bool = Field(
        default=True,
        description="Whether a small model of ten drawn people is trained where there is none at all.",
    )

    @property
    def artifacts(self) -> str:
        """`artifacts_url`, or the folder in its place."""
        return self.artifacts_url or str(self.data_dir / "faces")

    @property
    def fetch_networks(self) -> tuple[Network, ...]:
        """`fetch_allow`, read."""
        return parse_networks(self.fetch_allow)
