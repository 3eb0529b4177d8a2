"""Which feed is meant."""

from typing import Final

from genba_client import SpotClient
from genba_servicekit.cli import fail, read_settings
from spot_price.core.regions import UnknownNameError
from spot_price.settings import SpotSettings
from spot_price.watch.direct import DirectFeed
from spot_price.watch.server import ServerFeed
from spot_price.wiring import open_catalogue, open_source

DEADLINE: Final = 30.0
"""Seconds for one call: the next look comes soon, and says what is wrong now."""


def open_feed(server: str | None) -> DirectFeed | ServerFeed:
    """The service's prices if one is named, else those of the source that the settings mean.

    Ends the command with one line where the settings do not fit.
    """
    if server:
        return ServerFeed(SpotClient(server, max_retries=1, deadline=DEADLINE))
    try:
        settings = read_settings(SpotSettings)
        source = open_source(settings)
    except (ValueError, UnknownNameError) as error:  # a recording that cannot be read is a ValueError too
        fail(str(error))
    return DirectFeed(source, open_catalogue(settings))
