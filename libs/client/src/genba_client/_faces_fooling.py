"""Calls that fool the model. All of them take an API key."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from genba_client._transport import JSON, Call, ServiceClient
from genba_contracts.faces_fooling import OptimalInputs, OptimalInputsList, OptimalInputsRequest


class FoolingCalls(ServiceClient):
    """What the face service's client can have made that fools its model."""

    async def make_optimal_inputs(
        self, targets: Sequence[str], *, photo: bytes | None = None, **settings: Any
    ) -> OptimalInputs:
        """Have pictures made that the model takes for whom you say; this does not wait for them.

        Args:
            targets: ids of its labels, or `all`.
            photo: where they begin; noise if there is none.
            settings: `method`, `steps`, `probability`, `epsilon`, `faces`, `seed`, as OptimalInputsRequest has them.

        Raises:
            ConflictError: there is no model yet.
            UnprocessableError: the model does not know a target, or the photo cannot be read.
            RateLimitError: a hundred jobs wait already.
        """
        data = None if photo is None else base64.b64encode(photo).decode()
        asked = OptimalInputsRequest(targets=list(targets), photo=data, **settings)
        call = Call("POST", "/v1/optimal-inputs", headers=JSON, content=asked.model_dump_json().encode())
        return await self._call(call, OptimalInputs)

    async def list_optimal_inputs(self) -> OptimalInputsList:
        """List the last optimal inputs, the newest first."""
        return await self._call(Call("GET", "/v1/optimal-inputs"), OptimalInputsList)

    async def optimal_inputs(self, job: str) -> OptimalInputs:
        """Get optimal inputs, and how far they are. Raises NotFoundError."""
        return await self._call(Call("GET", _path(job)), OptimalInputs)

    async def cancel_optimal_inputs(self, job: str) -> OptimalInputs:
        """Have it end.

        Raises:
            NotFoundError: there are none.
            ConflictError: it has ended.
        """
        return await self._call(Call("POST", f"{_path(job)}/cancel"), OptimalInputs)

    async def optimal_input_file(self, job: str, name: str) -> bytes:
        """Get a file that was made. Raises NotFoundError."""
        return (await self._bytes(Call("GET", f"{_path(job)}/files/{quote(name, safe='')}"))).content


def _path(job: str) -> str:
    return f"/v1/optimal-inputs/{quote(job, safe='')}"
