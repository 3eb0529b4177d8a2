"""Calls that have models trained."""

from urllib.parse import quote

from genba_client._transport import JSON, Call, ServiceClient
from genba_contracts.faces_trainings import DataSetList, Training, TrainingList, TrainingRequest, TrainingSettings


class TrainingCalls(ServiceClient):
    """What the face service's client can have trained. All of it takes an API key."""

    async def data_sets(self) -> DataSetList:
        """List the data sets that there are to learn from."""
        return await self._call(Call("GET", "/v1/data-sets"), DataSetList)

    async def train(
        self, data_set: str, *, name: str = "faces", promote: bool = False, settings: TrainingSettings | None = None
    ) -> Training:
        """Have a model trained; it is done one after the other, and this does not wait for it.

        Args:
            data_set: the photos to learn from; `drawn` is made if it is not there.
            name: the model's.
            promote: whether it is to answer as soon as it is done.
            settings: how.

        Raises:
            UnprocessableError: there is no such data set.
            RateLimitError: a hundred wait already.
        """
        asked = TrainingRequest(data_set=data_set, name=name, promote=promote, settings=settings or TrainingSettings())
        call = Call("POST", "/v1/trainings", headers=JSON, content=asked.model_dump_json().encode())
        return await self._call(call, Training)

    async def trainings(self) -> TrainingList:
        """List the last trainings, the newest first."""
        return await self._call(Call("GET", "/v1/trainings"), TrainingList)

    async def training(self, training: str) -> Training:
        """Get a training, and how far it is. Raises NotFoundError."""
        return await self._call(Call("GET", f"/v1/trainings/{quote(training, safe='')}"), Training)

    async def cancel_training(self, training: str) -> Training:
        """Have a training end.

        Raises:
            NotFoundError: there is no such training.
            ConflictError: it has ended.
        """
        return await self._call(Call("POST", f"/v1/trainings/{quote(training, safe='')}/cancel"), Training)
