"""What the use cases need from outside, as Protocols."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.bundles import Manifest
from face_classifier.core.crops import Face
from face_classifier.core.datasets import DataSet, Label
from face_classifier.core.fooling import Fooled, Fooling, Step
from face_classifier.core.links import Links
from face_classifier.core.material import Hooks, Learnt, Material
from face_classifier.core.pictures import Pixels
from face_classifier.core.promotions import Promotions
from face_classifier.core.recipes import Recipe


class PhotoStore(Protocol):
    """A data set, where it is kept."""

    async def data_set(self) -> DataSet:
        """What is there. Raises DataSetError if `labels.json` cannot be read."""

    async def read(self, key: str) -> bytes:
        """A photo's file."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep a photo's file."""

    async def put_labels(self, labels: Sequence[Label], *, drawn: bool = False) -> None:
        """Keep who the labels are, and whether they are drawn."""


class ModelStore(Protocol):
    """Where a run or a model is kept."""

    async def read(self, key: str) -> bytes | None:
        """A file; None if there is none."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep a file."""

    async def put_json(self, key: str, value: object) -> None:
        """Keep something as JSON."""

    async def put_model(self, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
        """Keep a model: its files, and then the manifest, which is given back with what it says of them."""

    async def keep_only_last(self, prefix: str, count: int) -> None:
        """Forget all files under a prefix but the last ones by name."""


class ModelVersions(Protocol):
    """Versions of the model, and which of them answers."""

    async def numbers(self) -> list[int]:
        """The versions that there are, in order."""

    async def manifest(self, number: int) -> Manifest:
        """What a version is. Raises BundleError if there is none, or it cannot be read."""

    async def bundle(self, number: int, names: Sequence[str]) -> tuple[Manifest, dict[str, bytes]]:
        """A version and those of its files. Raises BundleError if they are not what the manifest says."""

    async def add(self, manifest: Manifest, files: Mapping[str, bytes]) -> int:
        """Keep another version; gives its number."""

    async def promotions(self) -> Promotions:
        """Which version answers, and which did before. Raises PromotionError if that cannot be read."""

    async def put_promotions(self, promotions: Promotions) -> None:
        """Keep which version answers."""


class Herald(Protocol):
    """Tells every process, this one too, what has changed."""

    async def promoted(self, version: int, manifest: Manifest) -> None:
        """Another version of the model is to answer."""


class FaceDetector(Protocol):
    """Finds faces. May be used from several threads."""

    def find(self, picture: Pixels) -> list[Face]:
        """The faces of a photo, the largest first, 50 at most."""


class Acquaintances(Protocol):
    """What other services know of people."""

    async def links(self, labels: Sequence[Label]) -> Mapping[str, Links]:
        """What is known of people by now, by their labels' ids; quick, and never an error."""


class PictureSource(Protocol):
    """Where pictures are that somebody names by a URL."""

    async def fetch(self, url: str) -> bytes:
        """A picture's file. Raises PictureError if it could not be had, and says why."""


class Learner(Protocol):
    """What trains a network. Whoever calls it waits for minutes: from a thread."""

    @property
    def chief(self) -> bool:
        """Of several machines that train one model together, this one keeps what comes of it."""

    def learn(self, material: Material, recipe: Recipe, hooks: Hooks) -> Learnt | None:
        """Train, from `hooks.state` on if there is one; None if it was stopped."""


class Runtime(Protocol):
    """A network that answers. May be used from several threads.

    Attributes:
        classes: how many logits it gives for a photo.
        width: how many numbers an embedding has.
        sizes: how many photos it can be given at once, in order; empty if any number is as good.
    """

    @property
    def classes(self) -> int: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def sizes(self) -> tuple[int, ...]: ...  # noqa: D102

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits [n, classes] and embeddings [n, width] of photos [n, 96, 96, 3] in [0, 1]."""


class Fooler(Protocol):
    """What optimises inputs against one model. Whoever calls it waits for seconds to minutes: from a thread."""

    def fool(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        fooling: Fooling,
        told: Callable[[Step], None],
    ) -> Fooled:
        """Optimise pictures [n, 96, 96, 3] towards labels [n], or away from them."""

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """What the model says of pictures [n, 96, 96, 3]: [n, labels]."""
