"""Limits, timeouts and retries of every client, each with its reason. Times are in seconds."""

from typing import Final

import httpx

CONNECT_TIMEOUT: Final = 2.0  # a machine that is there answers a SYN within one resend (1 s)
READ_TIMEOUT: Final = 10.0  # between two pieces of an answer; the slowest single calls take under one
WRITE_TIMEOUT: Final = 10.0  # for one piece of an upload to be taken
POOL_TIMEOUT: Final = 5.0  # for a free connection of the pool
TIMEOUT: Final = httpx.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT, write=WRITE_TIMEOUT, pool=POOL_TIMEOUT)

DEADLINE: Final = 30.0
"""For one call with all its attempts and waits."""

BATCH_READ_TIMEOUT: Final = 60.0
"""Between two results of a batch: the texts may come slowly too."""
EVENTS_READ_TIMEOUT: Final = 45.0
"""Between two lines of an event stream: services send a comment every 15 s, so three have been missed."""

MAX_CONNECTIONS: Final = 100
KEEPALIVE_EXPIRY: Final = 4.0
"""Under the 5 s after which servers close an idle connection at the earliest (uvicorn, unless told otherwise; our own
services keep one for 75 s): a POST is not to meet one that is just closing."""
LIMITS: Final = httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_EXPIRY)

MAX_RETRIES: Final = 3
BACKOFF_INITIAL: Final = 0.1
BACKOFF_MAX: Final = 5.0
RETRY_AFTER_MAX: Final = 60.0
"""A service that asks to come back later than this is not waited for, whatever the deadline."""
RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})
REFUSED_STATUSES: Final = frozenset({429, 503})
"""With Retry-After these say that nothing was done: a POST may be sent again."""
REPEATABLE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""RFC 9110, 9.2.2: sending them twice is sending them once."""

UPLOAD_CHUNK: Final = 256 * 1024
"""Bytes of a file that are read in one go, in a thread."""
