"""Models as they are kept: what the manifest vouches for, and what is refused before anything reads it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_classifier.adapters.bundles import get_bundle, put_bundle
from face_classifier.core.bundles import BundleError, Manifest, Unknown, read_manifest, write_manifest
from face_classifier.core.datasets import Label
from genba_servicekit.objects import FolderStore

MANIFEST = Manifest(
    name="faces",
    architecture="resnet",
    labels=(Label("aoi", "Aoi", "Aoi (singer)"), Label("ren", "Ren")),
    temperature=1.25,
    unknown=Unknown(0.5, 0.25),
    data_set="ab" * 32,
    created_at="2026-11-28T07:00:00Z",
    metrics={"top1": 0.97},
    settings={"steps": 10},
)
FILES = {"model.onnx": b"onnx", "centroids.npy": b"numbers"}


async def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    kept = await put_bundle(store, "versions/1/", MANIFEST, FILES)
    manifest, files = await get_bundle(store, list(FILES), "versions/1/")
    assert (manifest, files) == (kept, FILES)
    assert manifest.labels == MANIFEST.labels
    assert not manifest.drawn


async def test_a_file_that_is_another_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    await put_bundle(store, "", MANIFEST, FILES)
    await store.put("model.onnx", b"evil")
    with pytest.raises(BundleError, match=r"model\.onnx is not the file"):
        await get_bundle(store, ["model.onnx"])
    await store.put("model.keras", b"unnamed")
    with pytest.raises(BundleError, match=r"names no model\.keras"):
        await get_bundle(store, ["model.keras"])


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with pytest.raises(BundleError, match=r"there is no manifest\.json"):
        await get_bundle(store, [])
    await put_bundle(store, "", MANIFEST, FILES)
    await store.delete("centroids.npy")
    with pytest.raises(BundleError, match=r"there is no centroids\.npy"):
        await get_bundle(store, ["centroids.npy"])


def changed(**fields: Any) -> bytes:
    """The manifest with some of it otherwise; what is None is left out."""
    said = json.loads(write_manifest(MANIFEST)) | fields
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not of format 1"),
        (changed(format=2), "not of format 1"),
        (changed(name=None), "there is no 'name'"),
        (changed(labels=[]), "one label or more"),
        (changed(labels=[{"id": "../up", "name": "x"}]), "cannot be a label"),
        (changed(labels=[{"id": "a", "name": "x"}, {"id": "a", "name": "y"}]), "two labels have the same id"),
        (changed(temperature=0), "above 0"),
        (changed(temperature="hot"), "has to be a number"),
        (changed(temperature=float("nan")), "has to be a number"),
        (changed(files={"../model.onnx": {"sha256": "", "bytes": 1}}), "no file of a model"),
        (b" " * (5 << 20), "are read"),
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        read_manifest(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["name", "labels", "temperature", "unknown", "files", "metrics", "settings", "git"]), JSON)
def test_any_manifest_is_read_or_refused(field: str, value: Any) -> None:
    said = json.loads(write_manifest(MANIFEST)) | {field: value}
    try:
        manifest = read_manifest(json.dumps(said).encode("utf-8", "surrogatepass"))
    except BundleError:
        return
    assert manifest.labels
