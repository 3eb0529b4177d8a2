"""What charts of prices can be asked for."""

from typing import Final, Literal, TypeAlias

SPAN_PATTERN: Final = r"^[1-9][0-9]{0,4}[mhdw]$"
CHART_SIDE_MIN: Final = 16
CHART_WIDTH_MAX: Final = 2_000
CHART_HEIGHT_MAX: Final = 1_200
CHART_SCALE_MAX: Final = 2
"""The largest picture has 9.6 million pixels, for which drawing takes 30 MB of memory."""

ChartStyle: TypeAlias = Literal["full", "sparkline"]
ChartTheme: TypeAlias = Literal["light", "dark"]
Band: TypeAlias = Literal["near", "all"]
