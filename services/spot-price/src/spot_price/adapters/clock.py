"""What time it is."""

import time

from spot_price.core.records import Seconds


class WallClock:
    """The time that clocks on walls show."""

    def now(self) -> Seconds:
        """Now."""
        return int(time.time())
