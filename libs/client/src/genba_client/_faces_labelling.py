"""Calls that give names to faces. All of them take an API key."""

from urllib.parse import quote

from genba_client._transport import JSON, Call, ServiceClient, parameters
from genba_contracts.faces_labelling import CropSetList, FaceName, UnnamedFaces


class LabellingCalls(ServiceClient):
    """What the face service's client can name."""

    async def unlabelled(self) -> CropSetList:
        """List the sets of faces without a name."""
        return await self._call(Call("GET", "/v1/unlabelled"), CropSetList)

    async def next_unlabelled(self, name: str, *, limit: int | None = None) -> UnnamedFaces:
        """Give the next faces of a set, those first of which the model is least sure. Raises NotFoundError."""
        path = f"/v1/unlabelled/{quote(name, safe='')}"
        return await self._call(Call("GET", path, parameters({"limit": limit})), UnnamedFaces)

    async def label(self, name: str, crop: str, label: str, *, person: str | None = None) -> None:
        """Say whose face it is.

        Args:
            name: of the set.
            crop: the face's id.
            label: the person's id, the model's or a new one.
            person: the person's name; as the model has it if none is said.

        Raises:
            NotFoundError: there is no such face, or it has been named.
            UnprocessableError: this cannot be a label.
        """
        content = FaceName(id=label, name=person).model_dump_json().encode()
        await self._bytes(Call("POST", _path(name, crop, "label"), headers=JSON, content=content))

    async def reject(self, name: str, crop: str) -> None:
        """Lay a face aside. Raises NotFoundError."""
        await self._bytes(Call("POST", _path(name, crop, "reject")))


def _path(name: str, crop: str, what: str) -> str:
    return f"/v1/unlabelled/{quote(name, safe='')}/{quote(crop, safe='')}/{what}"
