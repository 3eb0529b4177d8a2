"""Photos come in from folders and archives, each decoded before it is kept."""

import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from face_classifier.adapters.photos import Photos
from face_classifier.core import archives
from face_classifier.core.archives import ArchiveError, members
from face_classifier.core.datasets import DataSetError, Label
from face_classifier.core.pictures import PIXELS, PictureError, read_picture
from face_classifier.usecases.importing import Imported, files_in, import_photos
from genba_servicekit.objects import FolderStore

ORIENTATION = 0x0112


def picture(colour: str = "red", size: tuple[int, int] = (80, 60), kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def tarred(infos: Iterable[tuple[tarfile.TarInfo, bytes]]) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    file.seek(0)
    return file


async def take(folder: Path, file: io.BufferedIOBase, label: str | None = None) -> tuple[Imported, Photos]:
    store = Photos(FolderStore(folder))
    return await import_photos(store, members(file), label=label), store


async def test_photos_become_those_of_the_person_that_their_folder_names(tmp_path: Path) -> None:
    files = {"all/aoi/1.png": picture("red"), "all/ren/1.jpg": picture("blue", kind="JPEG"), "all/readme.txt": b"x"}
    found, store = await take(tmp_path, zipped(files))
    assert (found.kept, found.there, found.passed_over, found.refused) == (2, 0, 1, [])
    assert [photo.key for photo in (await store.data_set()).photos] == ["aoi/1.png", "ren/1.jpg"]
    assert await store.read("ren/1.jpg") == files["all/ren/1.jpg"]


async def test_importing_twice_changes_nothing_and_a_namesake_gets_a_number(tmp_path: Path) -> None:
    files = {"aoi/1.png": picture("red")}
    await take(tmp_path, zipped(files))
    found, _ = await take(tmp_path, zipped(files))
    assert (found.kept, found.there) == (0, 1)
    found, store = await take(tmp_path, zipped({"aoi/1.png": picture("green")}))
    assert (found.kept, found.there) == (1, 0)
    found, _ = await take(tmp_path, zipped({"aoi/1.png": picture("green")}))
    assert (found.kept, found.there) == (0, 1)
    assert [photo.key for photo in (await store.data_set()).photos] == ["aoi/1.png", "aoi/1-2.png"]


async def test_a_photo_that_the_camera_turned_is_kept_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    _, store = await take(tmp_path, zipped({"aoi/1.jpg": picture(size=(80, 60), kind="JPEG", exif=exif)}))
    kept = await store.read("aoi/1.png")
    assert read_picture(kept).shape == (80, 60, 3)
    assert ORIENTATION not in Image.open(io.BytesIO(kept)).getexif()


async def test_labels_come_with_the_photos_and_what_was_known_stays(tmp_path: Path) -> None:
    said = json.dumps({"labels": [{"id": "aoi", "name": "葵", "keyword": "葵"}]}).encode()
    await take(tmp_path, zipped({"labels.json": said, "aoi/1.png": picture()}))
    _, store = await take(tmp_path, zipped({"aoi/2.png": picture("blue"), "ren/1.png": picture()}))
    assert (await store.data_set()).labels == (Label("aoi", "葵", "葵"), Label("ren", "ren"))


async def test_photos_that_cannot_be_decoded_are_reported_and_the_rest_is_kept(tmp_path: Path) -> None:
    moving = io.BytesIO()
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    wide = picture(size=(PIXELS // 10 + 1, 10))
    files = {
        "a/broken.png": picture()[:-30],
        "a/text.jpg": b"hello",
        "a/empty.png": b"",
        "a/moving.webp": moving.getvalue(),
        "a/wide.png": wide,
        "a/good.png": picture(),
    }
    found, store = await take(tmp_path, zipped(files))
    assert found.kept == 1
    assert {path.split("/")[1] for path, _ in found.refused} == {
        "broken.png",
        "text.jpg",
        "empty.png",
        "moving.webp",
        "wide.png",
    }
    assert [photo.key for photo in (await store.data_set()).photos] == ["a/good.png"]


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "..\\evil.png", "C:/evil.png"])
async def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out"):
        await take(tmp_path / "set", zipped({name: picture()}))
    assert not [info async for info in FolderStore(tmp_path).find()]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
async def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("a/1.png")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(ArchiveError, match="link or a device"):
        await take(tmp_path, tarred([(info, b"")]))


async def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("a/1.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveError, match="is a link"):
        await take(tmp_path, file)


async def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BYTES", 1 << 20)
    bomb = {f"a/{number}.png": bytes(300_000) for number in range(4)}
    with pytest.raises(ArchiveError, match="GiB"):
        await take(tmp_path, zipped(bomb))
    with pytest.raises(ArchiveError, match="GiB"):
        await take(tmp_path, tarred((tarfile.TarInfo(name), data) for name, data in bomb.items()))
    monkeypatch.setattr(archives, "FILES", 3)
    with pytest.raises(ArchiveError, match="files"):
        await take(tmp_path, zipped(dict.fromkeys(bomb, b"")))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_archives_and_pictures_are_refused_in_words_or_read(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from(
            (
                zipped({"a/1.png": picture(size=(9, 9))}).getvalue(),
                tarred([(tarfile.TarInfo("a/1.png"), picture(size=(9, 9)))]).getvalue(),
            )
        )
    )
    changed = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=6)):
        if at < len(changed):
            changed[at] = value
    with suppress(ArchiveError, PictureError):
        for member in members(io.BytesIO(bytes(changed))):
            read_picture(member.read())


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(picture())
    (tmp_path / "a" / "2.png").symlink_to("/etc/passwd")
    assert [member.path.split("/")[-1] for member in files_in(tmp_path)] == ["1.png"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no such file"):
        list(files_in(tmp_path / "nothing"))
