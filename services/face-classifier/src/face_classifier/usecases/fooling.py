"""Optimal inputs of one model: pictures that it takes for whom it is told to, scored and shown."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.bundles import Manifest
from face_classifier.core.crops import SIDE
from face_classifier.core.curves import survival_svg
from face_classifier.core.exhibits import Exhibit, Row, compared, grid, legible
from face_classifier.core.fooling import Fooled, Fooling, FoolingError, Step, distance, top
from face_classifier.core.pictures import Pixels, write_png
from face_classifier.core.survival import middle, survival, with_middle
from face_classifier.ports import Fooler, ModelStore

ALL: Final = "all"
NOISE: Final = "noise"
RESULT: Final = "result.json"
GRID: Final = "all.png"
SURVIVAL: Final = "survival.svg"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        start: where all pictures begin, a crop [112, 112, 3], of which the model sees the middle.
        source: what `start` is, for people: a photo's name, or `noise`.
        targets: labels by number.
        fooling: how.
    """

    start: Pixels
    source: str
    targets: tuple[int, ...]
    fooling: Fooling


def noise(seed: int = 0) -> Pixels:
    """A crop in which every number is equally likely."""
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def targets_of(manifest: Manifest, wanted: Sequence[str]) -> tuple[int, ...]:
    """The numbers of labels that are named by id or by name; of all for `all`.

    Raises:
        FoolingError: the model has no such label, or one by this name twice.
    """
    if ALL in wanted:
        return tuple(range(len(manifest.labels)))
    by_id = {label.id: number for number, label in enumerate(manifest.labels)}
    found = []
    for each in wanted:
        named = [number for number, label in enumerate(manifest.labels) if label.name == each]
        if each in by_id:
            found.append(by_id[each])
        elif len(named) == 1:
            found += named
        else:
            fault = "knows several" if named else "knows nobody by the name"
            raise FoolingError(f"the model {fault} {each!r:.60}; its labels are in its manifest")
    if not found:
        raise FoolingError("there is no target")
    return tuple(dict.fromkeys(found))


async def optimal_inputs(
    out: ModelStore, manifest: Manifest, fooler: Fooler, wish: Wish, told: Callable[[Step], None] = lambda _: None
) -> dict[str, Any]:
    """Optimise an input for each target and keep them; gives what `result.json` says.

    Kept are of each target `ID.png` (the crop of 112 pixels that the model can be shown) and `ID-compared.png`; of
    several `all.png`; how they survive JPEG and resizing as `survival.svg`; and `result.json` at the end.
    """
    labels = np.array(wish.targets, np.int64)
    seen = np.repeat(middle(wish.start)[None], len(labels), axis=0)
    began = time.monotonic()
    found = await anyio.to_thread.run_sync(fooler.fool, seen, labels, wish.fooling, told)
    seconds = time.monotonic() - began
    crops = [with_middle(wish.start, each) for each in found.pictures]
    curves = await anyio.to_thread.run_sync(survival, crops, labels, wish.fooling.probability, fooler.probabilities)
    rows = [_row(manifest, wish, found, place) for place in range(len(labels))]
    files: dict[str, bytes] = await anyio.to_thread.run_sync(_drawn, manifest, wish, found, crops, rows)
    files[SURVIVAL] = survival_svg(curves, wish.fooling.probability).encode()
    for name, data in files.items():
        await out.put(name, data)
    result = {
        "format": FORMAT,
        "model": {
            "name": manifest.name,
            "architecture": manifest.architecture,
            "files": {name: info.sha256 for name, info in sorted(manifest.files.items())},
        },
        "from": wish.source,
        "method": wish.fooling.method,
        "steps": wish.fooling.most_steps,
        "probability": wish.fooling.probability,
        "epsilon": wish.fooling.epsilon,
        "seconds": round(seconds, 3),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "reached": int(found.reached.sum()),
        "targets": rows,
        "survival": {kind: [each.as_json() for each in curve] for kind, curve in curves.items()},
    }
    await out.put_json(RESULT, result)
    return result


def _row(manifest: Manifest, wish: Wish, found: Fooled, place: int) -> dict[str, Any]:
    label = manifest.labels[wish.targets[place]]
    far = distance(middle(wish.start), found.pictures[place])
    return {
        "id": label.id,
        "name": label.name,
        "file": f"{label.id}.png",
        "probability": float(found.after[place, wish.targets[place]]),
        "reached": bool(found.reached[place]),
        "steps": int(found.steps[place]),
        **far.as_json(),
        "before": _top(manifest, found.before[place]),
        "after": _top(manifest, found.after[place]),
    }


def _top(manifest: Manifest, probabilities: NDArray[np.float64]) -> list[dict[str, Any]]:
    return [{"id": manifest.labels[number].id, "probability": said} for number, said in top(probabilities)]


def _drawn(
    manifest: Manifest, wish: Wish, found: Fooled, crops: Sequence[Pixels], rows: Sequence[dict[str, Any]]
) -> dict[str, bytes]:
    """The pictures, by the names of their files."""
    files = {}
    start = middle(wish.start)
    for place, (crop, row) in enumerate(zip(crops, rows, strict=True)):
        files[row["file"]] = write_png(crop)
        after, far = found.pictures[place], distance(start, found.pictures[place])
        said_before, said_after = _named(manifest, found.before[place]), _named(manifest, found.after[place])
        shown = compared(start, after, said_before, said_after, far, row["steps"])
        files[f"{row['id']}-compared.png"] = write_png(shown)
    if len(rows) > 1:
        exhibits = [
            Exhibit(_name(manifest, number), found.pictures[place], row["probability"], row["reached"])
            for place, (number, row) in enumerate(zip(wish.targets, rows, strict=True))
        ]
        title = "Whom the model sees in noise" if wish.source == NOISE else "Whom the model takes one photo for"
        middles = [float(np.median([row[what] for row in rows])) for what in ("steps", "l2")]
        said_of_all = (
            f"{legible(manifest.name, 'model')} ({manifest.architecture}, {len(manifest.labels):,} people) · "
            f"{wish.fooling.method} · medians: {middles[0]:,.0f} steps, L2 {middles[1]:.2f}"
        )
        files[GRID] = write_png(grid(title, said_of_all, start, exhibits))
    return files


def _named(manifest: Manifest, probabilities: NDArray[np.float64]) -> list[Row]:
    return [(_name(manifest, number), said) for number, said in top(probabilities)]


def _name(manifest: Manifest, number: int) -> str:
    label = manifest.labels[number]
    return legible(label.name, legible(label.id, f"label {number + 1}"))
