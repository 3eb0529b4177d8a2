"""What the wiki can be told."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.settings import Unit


class WikiSettings(DatabaseSettings):
    """Settings of the wiki, from `WIKI_…`."""

    model_config = SettingsConfigDict(env_prefix="WIKI_")

    port: int = Field(default=8001, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    title: str = Field(default="Genba Wiki", min_length=1, max_length=80, description="The wiki's name on its pages.")
    per_page: Annotated[int, Unit("entries")] = Field(
        default=10, ge=1, le=100, description="Articles on one page of the index."
    )
    spam_file: Path | None = Field(
        default=None, description="Words and rules of the spam check (TOML); none: those that come with the wiki."
    )
    registration: bool = Field(default=True, description="Whether people can register by themselves.")
    new_user_role: str = Field(
        default="editor", pattern="^(reader|editor)$", description="What people who register may do: reader or editor."
    )
    poll_interval: Annotated[float, Unit("seconds")] = Field(
        default=0.25, gt=0, le=60, description="The longest that another host's change can stay unseen."
    )
    strict_freshness: bool = Field(
        default=False, description="Ask Redis on every request whether another host has written. Needs Redis."
    )
    link_first_only: bool = Field(
        default=False, description="Link each entry once in a text, at its first mention, not at every one."
    )
    link_limit: Annotated[int | None, Unit("links")] = Field(
        default=None, ge=0, description="At most so many links in a text; none: no bound."
    )
    link_exclude: Annotated[tuple[str, ...], Unit("JSON list")] = Field(
        default=(), description='Keywords that are never linked: ["the", "年"].'
    )
    link_self: bool = Field(default=True, description="Whether an entry's own keyword is a link in its own text.")
    link_whole_words: bool = Field(
        default=False,
        description="Link words of Latin and similar scripts only whole; Japanese and Chinese as they are.",
    )
    link_min_length: Annotated[int, Unit("characters")] = Field(
        default=1, ge=1, le=255, description="Keywords that are shorter are not linked."
    )
    page_cache: Annotated[int, Unit("bytes")] = Field(
        default=256 << 20, ge=0, description="Memory for linked texts; the oldest make room."
    )
    entry_cache: Annotated[int, Unit("entries")] = Field(
        default=50_000, ge=100, description="Entries kept in memory with their texts; the oldest make room."
    )
    import_limit: Annotated[int, Unit("bytes")] = Field(
        default=1 << 30, ge=0, description="Longest import sent over REST."
    )
    login_limit_account: str = Field(
        default="10/minute", description="Log-in attempts on one account; more are answered with 429."
    )
    login_limit_address: str = Field(
        default="60/minute", description="Log-in attempts and registrations from one address."
    )
