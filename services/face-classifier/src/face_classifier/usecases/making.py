"""Making a data set of drawn people, none of whom exists."""

from collections.abc import Callable
from typing import Final

import anyio
import anyio.to_thread

from face_classifier.core.datasets import Label
from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of
from face_classifier.core.pictures import write_png
from face_classifier.ports import PhotoStore

AT_ONCE: Final = 2
NAMES: Final = ("Aoi", "Ren", "Yui", "Sora", "Hina", "Haru", "Mei", "Riku", "Rin", "Kai", "Nao", "Mio")


def person_name(person: int) -> str:
    """What a drawn person is called: from Aoi to Mio, then from Aoi 2 on."""
    round_, name = divmod(person, len(NAMES))
    return NAMES[name] if not round_ else f"{NAMES[name]} {round_ + 1}"


async def make_photos(
    store: PhotoStore, *, people: int, photos: int, size: int, seed: int, done: Callable[[int], None] = lambda _: None
) -> None:
    """Draw `photos` photos of each of `people`, `size` pixels square; the same seed gives the same files."""
    limiter = anyio.CapacityLimiter(AT_ONCE)
    labels = [Label(f"person-{person + 1:02}", person_name(person)) for person in range(people)]

    async def one(person: int, photo: int) -> None:
        data = await anyio.to_thread.run_sync(drawn_photo, seed, person, photo, size, limiter=limiter)
        await store.put(f"{labels[person].id}/{photo + 1:03}.png", data)
        done(1)

    await store.put_labels(labels, drawn=True)
    for person in range(people):
        async with anyio.create_task_group() as group:
            for photo in range(photos):
                group.start_soon(one, person, photo)


def drawn_photo(seed: int, person: int, photo: int, size: int) -> bytes:
    """One of them, as PNG."""
    return write_png(draw(traits_of(seed, person), view_of(seed, person, photo), size, seed=photo))
