"""Pure functions and dataclasses: matching, rendering, freshness, checks. No I/O, no framework."""
