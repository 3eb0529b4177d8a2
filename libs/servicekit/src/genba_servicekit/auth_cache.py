"""Who was recognised lately, in memory: a known session or API key costs no I/O."""

import threading
from typing import Final

from genba_servicekit.auth import Principal, Verified

_TTL_MS: Final = 60_000
_LIMIT: Final = 10_000


class SessionCache:
    """Principals by the hash of their secret.

    What is revoked has to be dropped here, in every process; should word of it be lost, it ends with the time to live.

    Args:
        limit: the most entries kept; the oldest go first.
        ttl: milliseconds after which an entry is read anew.
    """

    def __init__(self, *, limit: int = _LIMIT, ttl: int = _TTL_MS) -> None:
        self._limit = limit
        self._ttl = ttl
        self._known: dict[str, tuple[Principal, int]] = {}
        self._drops = 0
        self._lock = threading.Lock()  # drops come from the writer's thread too

    def __len__(self) -> int:
        return len(self._known)

    @property
    def drops(self) -> int:
        """How often something was dropped: taken before a read of the database and handed to `put` after it."""
        return self._drops

    def get(self, secret_hash: str, *, now: int) -> Principal | None:
        """Whose secret this is, if that is known here."""
        found = self._known.get(secret_hash)
        return found[0] if found is not None and found[1] > now else None

    def put(self, secret_hash: str, verified: Verified, *, now: int, drops: int) -> None:
        """Keep what the database said, unless something was dropped since: it may have been this."""
        until = now + self._ttl if verified.expires_at is None else min(now + self._ttl, verified.expires_at)
        with self._lock:
            if drops != self._drops:
                return
            self._known.pop(secret_hash, None)
            while len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            self._known[secret_hash] = (verified.principal, until)

    def drop(self, secret_hash: str) -> None:
        """Forget one session or API key."""
        with self._lock:
            self._drops += 1
            self._known.pop(secret_hash, None)

    def drop_user(self, user_id: int) -> None:
        """Forget all sessions and API keys of a user."""
        with self._lock:
            self._drops += 1
            self._known = {key: kept for key, kept in self._known.items() if kept[0].user_id != user_id}

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._drops += 1
            self._known = {}
