"""Calls about whom the model knows, and which version of it answers."""

from genba_client._transport import JSON, Call, ServiceClient
from genba_contracts.faces import LabelList, Model, ModelList, Promotion


class ModelCalls(ServiceClient):
    """What the face service's client can ask about models, and set."""

    async def labels(self) -> LabelList:
        """Give the people whom the model that answers knows.

        Raises:
            ConflictError: there is no model yet.
            ServiceUnavailableError: it is being loaded; it was tried again already.
        """
        return await self._call(Call("GET", "/v1/labels"), LabelList)

    async def models(self) -> ModelList:
        """Give the versions of the model, the newest first."""
        return await self._call(Call("GET", "/v1/models"), ModelList)

    async def promote(self, version: int) -> Model:
        """Have a version of the model answer; with an editor's key.

        Raises:
            NotFoundError: there is no such version.
            UnprocessableError: its files are not what its manifest says.
        """
        content = Promotion(version=version).model_dump_json().encode()
        call = Call("POST", "/v1/models:promote", headers=JSON, content=content, repeatable=True)
        return await self._call(call, Model)

    async def rollback(self) -> Model:
        """Have that version of the model answer again that did before; with an editor's key.

        Raises:
            ConflictError: none did.
            UnprocessableError: its files are not what its manifest says.
        """
        return await self._call(Call("POST", "/v1/models:rollback"), Model)
