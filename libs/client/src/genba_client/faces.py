"""The client of face-classifier."""

from collections.abc import Callable
from typing import Final

import httpx

from genba_client import _constants as constants
from genba_client._faces_fooling import FoolingCalls
from genba_client._faces_labelling import LabellingCalls
from genba_client._faces_models import ModelCalls
from genba_client._faces_pictures import PictureCalls
from genba_client._faces_trainings import TrainingCalls

DEFAULT_URL: Final = "http://127.0.0.1:8003"


class FaceClient(PictureCalls, ModelCalls, TrainingCalls, LabellingCalls, FoolingCalls):
    """A client of a face service: one pool of connections for its life.

        async with FaceClient("http://127.0.0.1:8003") as faces:
            found = await faces.recognize([Path("encore.jpg").read_bytes()])

    Args:
        base_url: where the service is.
        api_key: a program's key, for setting which model answers.
        timeout: seconds to connect, for a free connection, and for each piece to be written or read.
        deadline: seconds for one call with all its attempts and waits; `math.inf` for no bound.
        max_retries: how often a call is tried again at most.
        request_id: gives the id of what is being done now, such as a contextvar's `get`; calls carry it as
            X-Request-ID. Without it, or where it gives nothing usable, each call gets an id of its own.
        transport: how httpx sends, where not over aiohttp's pool: an `httpx.ASGITransport`, for one.
        http_client: a whole httpx client to use; it is not closed.

    Raises:
        ValueError: arguments contradict each other, or `base_url` is no http or https address.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        timeout: httpx.Timeout = constants.TIMEOUT,
        deadline: float = constants.DEADLINE,
        max_retries: int = constants.MAX_RETRIES,
        request_id: Callable[[], str | None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(
            base_url,
            headers={} if api_key is None else {"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            request_id=request_id,
            transport=transport,
            http_client=http_client,
        )
