"""Drawn faces: people who do not exist, seen in varying pose, light and mood.

A head is an ellipsoid. Its features lie on the surface, so that a turned head shows them where a camera would; light
falls on it by Lambert's law. It is drawn at twice the size and scaled down. A Haar cascade finds 186 of 192 such faces,
YuNet all: what is learnt from them goes through the same steps as photos do.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from face_classifier.core.people import Colour, Point, Traits, View, colour_of

SUPERSAMPLED: Final = 2
_TEETH: Final = 0.55
"""Of a smile, from which on they show."""


def draw(traits: Traits, view: View, size: int = 160, *, seed: int = 0) -> Image.Image:
    """One photo, `size` × `size` pixels in RGB; the seed is that of its noise."""
    rng = np.random.default_rng(seed)
    picture = _Head(traits, view, size * SUPERSAMPLED).paint(rng)
    picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    if view.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(view.blur * size / 160))
    pixels = np.asarray(picture, np.float32) * view.exposure
    pixels *= np.array((1 + view.warmth, 1.0, 1 - view.warmth), np.float32)
    pixels += rng.normal(0, view.noise, pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


class _Head:
    """One head on one canvas. Its own coordinates: x right, y down, the half height of the head is 1."""

    def __init__(self, traits: Traits, view: View, size: int) -> None:
        self.traits, self.view, self.size = traits, view, size
        self.unit = size * 0.36 * view.scale
        self.centre = (size * (0.5 + view.shift[0]), size * (0.5 + view.shift[1]))
        self.canvas = self._background()

    def paint(self, rng: np.random.Generator) -> Image.Image:
        self._hair_behind()
        self._body()
        skin = self._head()
        self._mouth()
        self._nose()
        for side in (-1, 1):
            self._eye(side)
        self._skin_marks(rng)
        self._shade(skin)
        self._hair_before()
        self._brows_and_glasses()
        return self.canvas

    # where things are

    def at(self, x: float, y: float) -> Point:
        """A point of the picture's plane, with the head's roll."""
        sine, cosine = np.sin(self.view.roll), np.cos(self.view.roll)
        return (
            self.centre[0] + self.unit * float(x * cosine - y * sine),
            self.centre[1] + self.unit * float(x * sine + y * cosine),
        )

    def on(self, x: float, y: float) -> Point:
        """A point of the surface, given where it is seen from the front."""
        width = self.traits.width
        depth = np.sqrt(max(0.0, 1 - (x / width) ** 2 - min(1.0, y * y)))
        sine, cosine = np.sin(self.view.yaw), np.cos(self.view.yaw)
        across = x * cosine + width * depth * sine
        deep = depth * cosine - x / width * sine
        down = y * np.cos(self.view.pitch) + deep * np.sin(self.view.pitch) * 0.8
        return self.at(float(across), float(down))

    def shape(self, points: list[Point], colour: Colour, *, surface: bool = True) -> None:
        place = self.on if surface else self.at
        ImageDraw.Draw(self.canvas).polygon([place(*point) for point in points], fill=colour)

    def line(self, points: list[Point], colour: Colour, thick: float) -> None:
        placed = [self.on(*point) for point in points]
        ImageDraw.Draw(self.canvas).line(placed, fill=colour, width=max(1, round(thick * self.unit)), joint="curve")

    # what is there

    def _background(self) -> Image.Image:
        first, second = (np.array(colour, np.float32) for colour in self.view.back)
        ramp = np.linspace(0, 1, self.size, dtype=np.float32)[:, None, None]
        rows = np.broadcast_to(first * (1 - ramp) + second * ramp, (self.size, self.size, 3))
        return Image.fromarray(rows.astype(np.uint8))

    def _body(self) -> None:
        neck = _dark(self.traits.skin, 0.82)
        self.shape([(-0.34, 0.5), (0.34, 0.5), (0.4, 1.6), (-0.4, 1.6)], neck, surface=False)
        shoulders = _oval(0, 2.0, 1.35, 0.85)
        self.shape(shoulders, self.view.clothes, surface=False)

    def _outline(self) -> list[Point]:
        """Of the head: a circle above, narrower below by the jaw, its width that of an ellipsoid turned."""
        angles = np.linspace(0, 2 * np.pi, 90)
        x, y = np.sin(angles), -np.cos(angles)
        below = np.clip(y, 0, None)
        wide = self.traits.width * (1 + 0.06 * abs(np.sin(self.view.yaw)))
        across = wide * np.sign(x) * np.abs(x) ** 0.92 * (1 - (1 - self.traits.jaw) * 0.55 * below**2)
        return list(zip(across.tolist(), y.tolist(), strict=True))

    def _head(self) -> Image.Image:
        if self.traits.style in {"short", "bald"}:
            for side in (-1, 1):
                turned = self.view.yaw * 0.5
                self.shape(
                    _oval(side * self.traits.width - turned, 0.08, 0.11, 0.2),
                    _dark(self.traits.skin, 0.9),
                    surface=False,
                )
        mask = Image.new("L", self.canvas.size)
        points = [self.at(*point) for point in self._outline()]
        ImageDraw.Draw(mask).polygon(points, fill=255)
        self.canvas.paste(self.traits.skin, mask=mask)
        if self.traits.beard:
            stubble = _mix(self.traits.skin, self.traits.hair, self.traits.beard)
            beard = Image.new("L", self.canvas.size)
            low = [self.on(*point) for point in _oval(0, 0.8, self.traits.width * 0.86, 0.5)]
            ImageDraw.Draw(beard).polygon(low, fill=255)
            beard = beard.filter(ImageFilter.GaussianBlur(self.unit * 0.05))
            self.canvas.paste(stubble, mask=ImageChops.multiply(beard, mask))
        return mask

    def _shade(self, mask: Image.Image) -> None:
        """Light by the surface's direction, laid on what is there of skin and features."""
        rows, columns = np.mgrid[0 : self.size, 0 : self.size].astype(np.float32)
        x = (columns - self.centre[0]) / (self.unit * self.traits.width * 1.1)
        y = (rows - self.centre[1]) / (self.unit * 1.1)
        z = np.sqrt(np.clip(1 - x * x - y * y, 0.02, 1))
        light = np.array(self.view.light, np.float32)
        light /= np.linalg.norm(light)
        lit: NDArray[np.float32] = np.clip(x * light[0] + y * light[1] + z * light[2], 0, 1)
        strength = (self.view.ambient + (1.12 - self.view.ambient) * lit)[..., None]
        pixels = np.asarray(self.canvas, np.float32)
        shaded = Image.fromarray(np.clip(pixels * strength, 0, 255).astype(np.uint8))
        self.canvas.paste(shaded, mask=mask)

    def _eye(self, side: int) -> None:
        traits, view = self.traits, self.view
        x, y = side * traits.eye_apart, -traits.eye_height
        wide, high = traits.eye_size, traits.eye_size * 0.52 * view.open_eyes
        self._soft(_oval(x, y - high * 0.4, wide * 1.5, high * 2.4), _dark(traits.skin, 0.68), 0.05)
        slant = side * traits.eye_slant
        lid = [(px, py - (px - x) * slant) for px, py in _almond(x, y, wide, high)]
        self.shape(lid, (244, 242, 238))
        look = x + view.gaze * wide * 0.35
        for radius, colour in ((high * 0.98, traits.iris), (high * 0.5, (16, 14, 14))):
            self.shape(_oval(look, y, radius, radius), colour)
        self.shape(_oval(look + high * 0.3, y - high * 0.35, high * 0.2, high * 0.2), (250, 250, 250))
        self.line(lid[: len(lid) // 2 + 1], _dark(traits.hair, 0.5), 0.028)

    def _nose(self) -> None:
        traits = self.traits
        top, low = -traits.eye_height + 0.02, traits.nose_long
        shadow = _dark(traits.skin, 0.84)
        tip = 0.1
        self._soft([(-0.05, top), (0.02, top), (0.05, low), (-traits.nose_wide, low)], _dark(traits.skin, 0.9), 0.03)
        self._soft(_oval(0, low, traits.nose_wide, 0.07), shadow, 0.025)
        self._soft(_oval(self.view.yaw * 0.3, low - tip, 0.05, 0.06), _light(traits.skin, 1.1), 0.03)
        for side in (-1, 1):
            self.shape(_oval(side * traits.nose_wide * 0.5, low + 0.015, 0.034, 0.02), _dark(traits.skin, 0.45))

    def _mouth(self) -> None:
        traits, smile = self.traits, self.view.smile
        wide, y = traits.mouth_wide * (1 + 0.12 * smile), traits.mouth_low
        xs = np.linspace(-1, 1, 17)
        bend = -0.07 * smile * xs**2
        upper = traits.lips * 0.8 * (1 - xs**2) ** 0.7 * (1 - 0.25 * np.exp(-((xs / 0.18) ** 2)))
        lower = traits.lips * (1 - xs**2) ** 0.6
        lip = _mix(traits.skin, (176, 62, 70), 0.55)
        above, middle, below = (_points(xs * wide, y + bend + off) for off in (-upper, 0 * xs, lower))
        self.shape([*above, *below[::-1]], lip)
        if smile > _TEETH:
            shown = middle[3:-3]
            self.shape([*shown, *((x, low + traits.lips * 0.5) for x, low in shown[::-1])], (240, 236, 228))
        self.line(middle, _dark(lip, 0.5), 0.018)

    def _skin_marks(self, rng: np.random.Generator) -> None:
        traits = self.traits
        marks = np.random.default_rng(traits.freckles * 977 + round(traits.width * 1e6))
        for _ in range(traits.freckles):
            self.shape(
                _oval(*(float(marks.uniform(-0.42, 0.42)), float(marks.uniform(0.08, 0.4))), 0.014, 0.012),
                _dark(traits.skin, 0.7),
            )
        if traits.mole:
            self.shape(_oval(traits.mole, 0.42, 0.026, 0.026), _dark(traits.skin, 0.35))
        for side in (-1, 1):
            self._soft(_oval(side * 0.4, 0.2, 0.17, 0.15), _light(traits.skin, 1.16), 0.07, part=0.7)
            blush = _mix(traits.skin, (214, 96, 92), 0.16 + 0.04 * float(rng.random()))
            self._soft(_oval(side * 0.44, 0.3, 0.15, 0.11), blush, 0.06, part=0.5)

    def _hair_behind(self) -> None:
        traits, dark = self.traits, _dark(self.traits.hair, 0.8)
        wide = traits.width + 0.12
        if traits.style == "long":
            self.shape([(-wide, -0.2), (wide, -0.2), (wide + 0.05, 1.5), (-wide - 0.05, 1.5)], dark, surface=False)
            self.shape(_oval(0, -0.2, wide, 0.95), dark, surface=False)
        elif traits.style == "bob":
            self.shape(_oval(0, 0.05, wide + 0.04, 1.06), dark, surface=False)
        elif traits.style == "curly":
            for angle in np.linspace(-2.4, 2.4, 26):
                x, y = float(np.sin(angle)) * wide, -0.2 - float(np.cos(angle)) * 0.92
                self.shape(_oval(x, y, 0.2, 0.2), dark, surface=False)

    def _hair_before(self) -> None:
        """The hair over the forehead: the head's outline above a line that falls to both sides of the parting."""
        traits = self.traits
        if traits.style == "bald":
            return
        reach = 0.16 if traits.style == "curly" else 0.08
        top = [(x * (1 + reach), y * (1 + reach) if y < 0 else y) for x, y in self._outline()]
        side_low = {"short": -0.15, "long": 0.5, "bob": 0.45, "curly": 0.0}[traits.style]
        right = [point for point in top if point[0] >= 0 and point[1] <= side_low]
        left = [point for point in top if point[0] < 0 and point[1] <= side_low]
        edge = traits.width * 0.93
        turned = self.view.yaw * 0.55
        part = traits.parting * traits.width * 0.6 + turned
        peak, low = -traits.fringe - 0.1, -traits.fringe + 0.16
        inner = [(edge, side_low), (edge * 0.9, low + 0.05), ((edge + part) / 2, low), (part, peak)]
        inner += [((part - edge) / 2, low), (-edge * 0.9, low + 0.05), (-edge, side_low)]
        self.shape([*right, *inner, *left], traits.hair, surface=False)
        shine = _light(traits.hair, 1.35)
        streak = [self.at(float(x), -0.86 + 0.25 * float(x) ** 2) for x in np.linspace(-0.4, 0.3, 9)]
        ImageDraw.Draw(self.canvas).line(streak, fill=shine, width=max(1, round(0.035 * self.unit)), joint="curve")

    def _brows_and_glasses(self) -> None:
        traits = self.traits
        colour = _dark(traits.hair, 0.85) if traits.style != "bald" else _dark(traits.skin, 0.5)
        for side in (-1, 1):
            x, y = side * traits.eye_apart, -traits.eye_height - traits.brow_lift
            arc = [
                (x + side * t * traits.eye_size * 1.15, y - 0.045 * (1 - t * t) + 0.02 * t)
                for t in np.linspace(-1, 1, 9).tolist()
            ]
            self.line(arc, colour, traits.brow_thick)
            if traits.glasses:
                ring = _oval(x, -traits.eye_height + 0.02, 0.26, 0.2 if traits.glasses == 1 else 0.235)
                self.line([*ring, ring[0]], (34, 32, 36), 0.024 if traits.glasses == 1 else 0.045)
        if traits.glasses:
            inner = traits.eye_apart - 0.26
            self.line([(-inner, -traits.eye_height), (inner, -traits.eye_height)], (34, 32, 36), 0.03)

    def _soft(self, points: list[Point], colour: Colour, blur: float, part: float = 0.85) -> None:
        mask = Image.new("L", self.canvas.size)
        ImageDraw.Draw(mask).polygon([self.on(*point) for point in points], fill=round(255 * part))
        box = mask.getbbox()
        if box is None:
            return
        edge = round(3 * blur * self.unit)
        box = (
            max(0, box[0] - edge),
            max(0, box[1] - edge),
            min(self.size, box[2] + edge),
            min(self.size, box[3] + edge),
        )
        soft = mask.crop(box).filter(ImageFilter.GaussianBlur(blur * self.unit))
        self.canvas.paste(colour, box, soft)


def _oval(x: float, y: float, wide: float, high: float) -> list[Point]:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return [(x + wide * float(np.cos(angle)), y + high * float(np.sin(angle))) for angle in angles]


def _points(xs: NDArray[np.floating], ys: NDArray[np.floating]) -> list[Point]:
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _almond(x: float, y: float, wide: float, high: float) -> list[Point]:
    """An eye's opening, the upper lid first."""
    along = np.linspace(-1, 1, 15)
    upper = [(x + wide * float(t), y - high * float((1 - t * t) ** 0.8)) for t in along]
    lower = [(x + wide * float(t), y + 0.8 * high * float((1 - t * t) ** 0.9)) for t in along[::-1]]
    return upper + lower[1:]


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    return colour_of(np.round(np.array(one) * (1 - share) + np.array(other) * share).astype(int))


def _dark(colour: Colour, by: float) -> Colour:
    return _mix((0, 0, 0), colour, by)


def _light(colour: Colour, by: float) -> Colour:
    return colour_of(np.round(np.array(colour) * by).astype(int))
