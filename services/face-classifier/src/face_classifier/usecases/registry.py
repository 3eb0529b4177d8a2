"""The registry of model versions: added, listed, set to answer, and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass

from face_classifier.core.bundles import CENTROIDS, FILES, ONNX, BundleError, Manifest
from face_classifier.ports import Herald, ModelVersions
from genba_servicekit.errors import Conflict, NotFound, UnprocessableContent

NEEDED = (ONNX, CENTROIDS)
"""Files without which a version cannot answer."""


class NoSuchVersion(NotFound):
    """There is no version of that number."""

    title = "There is no such version of the model"
    example = "There is no version 7."


class UnusableVersion(UnprocessableContent):
    """A version that cannot answer."""

    title = "This version of the model cannot answer"
    example = "model.onnx is not the file that the manifest names: its SHA-256 or its length is another"


class NothingBefore(Conflict):
    """No version answered before this one."""

    title = "No version answered before this one"
    example = "Version 1 is the first that answers."


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model.

    Attributes:
        number: 1, 2, 3…
        manifest: what it is.
        promoted: whether it is the one that is to answer.
    """

    number: int
    manifest: Manifest
    promoted: bool


class Registry:
    """Keeps versions of the model.

    Args:
        versions: where they are.
        herald: tells the others which one is to answer.
    """

    def __init__(self, versions: ModelVersions, herald: Herald) -> None:
        self._versions = versions
        self._herald = herald

    async def add(self, manifest: Manifest, files: Mapping[str, bytes]) -> Version:
        """Keep another version; it does not answer yet.

        Raises:
            UnusableVersion: it lacks a file without which it could not answer.
        """
        missing = [name for name in NEEDED if name not in files]
        if missing:
            raise UnusableVersion(f"there is no {missing[0]}")
        return Version(await self._versions.add(manifest, files), manifest, promoted=False)

    async def listed(self) -> list[Version]:
        """Every version that can be read, the newest first."""
        current = (await self._versions.promotions()).current
        found = []
        for number in reversed(await self._versions.numbers()):
            try:
                found.append(Version(number, await self._versions.manifest(number), number == current))
            except BundleError:  # of a later release, or broken: it can neither be shown nor answer
                continue
        return found

    async def promote(self, number: int) -> Version:
        """Have a version answer, here and in every other process.

        Raises:
            NoSuchVersion: there is none of that number.
            UnusableVersion: its files are not what its manifest says.
        """
        if number not in await self._versions.numbers():
            raise NoSuchVersion(f"There is no version {number}.")
        version = await self._usable(number)
        before = await self._versions.promotions()
        await self._versions.put_promotions(before.promote(number))
        await self._herald.promoted(number, version.manifest)
        return version

    async def rollback(self) -> Version:
        """Have that version answer again that did before.

        Raises:
            NothingBefore: none did.
            UnusableVersion: its files are not what its manifest says.
        """
        now = await self._versions.promotions()
        before = now.rollback()
        if before is None or before.current is None:
            first = "No version answers yet." if now.current is None else f"Version {now.current} is the first."
            raise NothingBefore(first)
        version = await self._usable(before.current)
        await self._versions.put_promotions(before)
        await self._herald.promoted(before.current, version.manifest)
        return version

    async def _usable(self, number: int) -> Version:
        try:
            manifest = await self._versions.manifest(number)
            named = [name for name in FILES if name in manifest.files or name in NEEDED]
            await self._versions.bundle(number, named)
        except BundleError as error:
            raise UnusableVersion(f"Version {number}: {error}") from error
        return Version(number, manifest, promoted=True)
