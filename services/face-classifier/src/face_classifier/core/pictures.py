"""Pictures from bytes that nobody vouches for: what they are is looked at before they are decoded."""

import io
import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "PPM")
"""What is read, by Pillow's names; PGM is a kind of PPM."""
SUFFIXES: Final = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "PPM": ".pgm"}
PIXELS: Final = 25_000_000
"""The most that is decoded: a file of 9 KB can ask for 400 MB."""
BYTES: Final = 32 << 20

_ORIENTATION: Final = 0x0112
"""The EXIF tag that says how a picture lies."""

Pixels = NDArray[np.uint8]
"""A picture: height × width × 3, red, green, blue."""


class PictureError(ValueError):
    """These bytes are no picture that is read here; the message says why."""


def read_picture(data: bytes, pixels: int = PIXELS) -> Pixels:
    """The picture upright (by its EXIF orientation), in RGB, without what is transparent (on white).

    Raises:
        PictureError: not one of the formats, more pixels than are wanted, moving, or broken.
    """
    return np.asarray(open_picture(data, pixels)[0])


def open_picture(data: bytes, pixels: int = PIXELS) -> tuple[Image.Image, str, bool]:
    """The picture upright in RGB, its format by Pillow's name, and whether it had to be turned.

    Raises:
        PictureError: see `read_picture`.
    """
    if len(data) > BYTES:
        raise PictureError(f"the file has {len(data):,} bytes; {BYTES:,} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is refused below, and of odd metadata
            with Image.open(io.BytesIO(data), formats=FORMATS) as found:
                kind = str(found.format)
                _check(found, pixels)
                found.load()
                lying = found.getexif().get(_ORIENTATION, 1) != 1
                ImageOps.exif_transpose(found, in_place=True)  # a copy of 25 million pixels takes as long as decoding
                return _rgb(found), kind, lying
    except UnidentifiedImageError as error:
        raise PictureError("no picture in JPEG, PNG, WebP or PGM") from error
    except PictureError:
        raise
    except Exception as error:  # decoders raise what they like on broken data: OSError, ValueError, struct.error…
        raise PictureError(f"broken: {str(error) or type(error).__name__}") from error


def _check(found: Image.Image, pixels: int) -> None:
    wide, high = found.size
    if wide * high > pixels:
        raise PictureError(f"{wide} × {high} pixels; {pixels // 1_000_000} million are decoded")
    frames = getattr(found, "n_frames", 1)
    if frames > 1:
        raise PictureError(f"it moves: {frames} pictures in one")


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in {"I", "I;16", "I;16B", "I;16L"}:
        wide = np.asarray(picture, np.float32)
        return Image.fromarray((wide / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA"}:
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def write_png(picture: Image.Image | Pixels) -> bytes:
    """The picture as PNG: without loss, and without any metadata."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
