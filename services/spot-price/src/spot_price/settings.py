"""What the price service can be told."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.settings import Unit


class SpotSettings(DatabaseSettings):
    """Settings of the price service, from `SPOT_…`."""

    model_config = SettingsConfigDict(env_prefix="SPOT_")

    port: int = Field(default=8004, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    retention: Annotated[int, Unit("days")] = Field(
        default=730, ge=1, description="How long prices are kept; EC2 itself answers for 90 days."
    )
