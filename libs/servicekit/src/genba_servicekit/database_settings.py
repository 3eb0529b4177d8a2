"""What a service that keeps a database can be told of it.

class WikiSettings(DatabaseSettings):
model_config = SettingsConfigDict(env_prefix="WIKI_")
"""

from typing import Annotated

from pydantic import Field, field_validator
from sqlalchemy.exc import ArgumentError

from genba_servicekit.database_engines import parse_url
from genba_servicekit.settings import ServiceSettings, Unit


class DatabaseSettings(ServiceSettings):
    """The settings of a service with a database, each under the service's own prefix: `WIKI_DATABASE_URL`."""

    database_url: str | None = Field(
        default=None,
        description="sqlite:///path or postgresql://user@host/name; none: a file of its own in the data directory.",
    )
    read_threads: Annotated[int, Unit("threads")] = Field(
        default=4, ge=1, le=64, description="Reads of the database that run at once."
    )

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: str | None) -> str | None:
        if url is not None:
            try:
                parse_url(url)
            except ArgumentError as error:
                raise ValueError(str(error)) from None
        return url

    @property
    def database(self) -> str:
        """The database's URL; where none is set, `WIKI_` makes `wiki.db` in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir / self.own_prefix.lower().rstrip('_')}.db"
