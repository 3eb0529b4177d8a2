"""Passwords: argon2id in threads of its own, and a short memory of those that were right.

One verification takes 25 ms of a core and 19 MiB on purpose. A person's password that was right within the last hour
is recognised in some microseconds: an HMAC over hash and password, under a key that only this process knows and never
writes, is looked up in memory.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from time import monotonic
from typing import Final

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError

from genba_servicekit.database_threads import BoundedThreads
from genba_servicekit.errors import UnprocessableContent

PASSWORD_LIMIT: Final = 1024
"""The longest password, in bytes of UTF-8."""

# OWASP Password Storage Cheat Sheet, its first choice: 25 ms here, where RFC 9106's second takes 142 ms and 64 MiB.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1
_THREADS: Final = 2
_MAX_WAITING: Final = 200  # two and a half seconds' worth for two threads; beyond it people are told to come back
_REMEMBERED: Final = 4096
_REMEMBERED_S: Final = 3600.0


class BadPassword(UnprocessableContent):
    """Not a password that can be set."""

    title = "Not a password that can be used here"


class PasswordHasher:
    """Hashes and verifies passwords without holding up the event loop.

    Args:
        memory_kib: argon2id's memory, in KiB.
        passes: argon2id's passes over it.
        threads: how many passwords are worked on at once.
        max_waiting: how many may wait before further ones are refused.
        remembered: how many recent successes are kept.
        remembered_s: for how many seconds.
    """

    def __init__(
        self,
        *,
        memory_kib: int = _MEMORY_KIB,
        passes: int = _PASSES,
        threads: int = _THREADS,
        max_waiting: int = _MAX_WAITING,
        remembered: int = _REMEMBERED,
        remembered_s: float = _REMEMBERED_S,
    ) -> None:
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=_LANES, type=Type.ID)
        self._threads = BoundedThreads("genba-passwords", threads=threads, max_waiting=max_waiting)
        self._key = secrets.token_bytes(32)
        self._remembered = remembered
        self._remembered_s = remembered_s
        self._recent: dict[bytes, float] = {}
        self._computed = 0
        salt, digest = _base64(16), _base64(32)
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={passes},p={_LANES}${salt}${digest}"

    @property
    def computed(self) -> int:
        """How often argon2 was set to work, for metrics: a log-in that was remembered is not among them."""
        return self._computed

    async def hash(self, password: str) -> str:
        """Give the hash to be stored, in argon2's encoded form.

        Raises:
            BadPassword: not 1 to 1,024 bytes of UTF-8, or with a NUL.
            ServiceUnavailable: too many wait.
        """
        prepared = _prepare(password)
        if prepared is None:
            raise BadPassword(f"A password has 1 to {PASSWORD_LIMIT:,} bytes of UTF-8, and no NUL.")
        self._computed += 1
        hashed = await self._threads.run(lambda: self._argon2.hash(prepared))
        self._remember(self._mark(hashed, prepared))  # who has just registered logs in next
        return hashed

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password. For an unknown user pass None: it takes as long, and is wrong.

        Raises:
            ServiceUnavailable: too many wait.
        """
        prepared = _prepare(password)
        if prepared is None:  # nobody's
            return False
        mark = None if password_hash is None else self._mark(password_hash, prepared)
        if mark is not None and self._recent.get(mark, 0.0) > monotonic():
            return True
        self._computed += 1
        right = await self._threads.run(lambda: self._verify(password_hash or self._nobody, prepared))
        if right and mark is not None:
            self._remember(mark)
        return right

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._argon2.check_needs_rehash(password_hash)

    async def stop(self) -> None:
        """End the threads and forget everything."""
        self._recent.clear()
        await self._threads.stop()

    def _verify(self, password_hash: str, prepared: bytes) -> bool:
        try:
            return self._argon2.verify(password_hash, prepared)
        except (VerificationError, InvalidHashError):
            return False

    def _mark(self, password_hash: str, prepared: bytes) -> bytes:
        # The hash has no NUL in it, so that no other pair reads the same.
        return hmac.digest(self._key, password_hash.encode() + b"\0" + prepared, hashlib.sha256)

    def _remember(self, mark: bytes) -> None:
        self._recent.pop(mark, None)
        while len(self._recent) >= self._remembered:
            del self._recent[next(iter(self._recent))]
        self._recent[mark] = monotonic() + self._remembered_s


def _base64(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")


def _prepare(password: str) -> bytes | None:
    """The bytes that are hashed, None if unacceptable: composed (RFC 8265), because keyboards differ in that."""
    if len(password) > PASSWORD_LIMIT:
        return None
    try:
        prepared = unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:  # lone surrogates
        return None
    return prepared if 0 < len(prepared) <= PASSWORD_LIMIT and b"\0" not in prepared else None
