"""Webhooks: how a body is signed, and how long is waited before it is sent again.

Source: Standard Webhooks 1.0.0 (standardwebhooks.com): headers `webhook-id`, `webhook-timestamp`, `webhook-signature`,
HMAC-SHA256 of `id.timestamp.body` with the key behind `whsec_`.
"""

import base64
import hashlib
import hmac
import random
import secrets
from typing import Final

MARK: Final = "whsec_"
KEY_BYTES: Final = 32
LONGEST: Final = 6 * 3600.0
_GROWTH: Final = 4.0
_SPREAD: Final = 0.2
"""By chance, both ways: receivers that were away are not all told in the same second."""


def new_secret() -> str:
    """A key for a receiver to check bodies with: `whsec_` and 32 random bytes in base64."""
    return MARK + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signed(secret: str, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that a body is sent with.

    Args:
        secret: `whsec_…`.
        message: the message's id, the same each time that it is sent.
        timestamp: Unix seconds of this time; receivers refuse what is older than some minutes.
        body: as it is sent, byte for byte.
    """
    key = base64.b64decode(secret.removeprefix(MARK))
    digest = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def wait_after(attempts: int, first: float) -> float:
    """Seconds until what has failed so often is sent again: `first`, 4 times that…, 6 h at most, spread by 20 %."""
    spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  (nobody gains by guessing it)
    return float(min(first * _GROWTH ** min(attempts - 1, 20), LONGEST) * spread)
