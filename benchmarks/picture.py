"""What a picture costs: `python benchmarks/picture.py`, about 20 seconds.

200 picks of one day on a phone's screen, at 1080×1920 and at 2160×3840: the layout, the drawing and the encoding,
against Pillow drawing the same tree without its layout: fonts opened once, text drawn where it stands, saved as PNG as
it is by default. Ratios below 5 and 7, a larger file, and more than 10 ms for 20 picks end with exit status 1. `cold`
is a process that has never seen any of the text; ImageMagick draws 20 picks where it is installed.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import partial
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular
from PIL import Image, ImageDraw, ImageFont

from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.core.festival import Festival, Slot, Stage, slot_id
from timetable_renderer.core.layout import lay_out
from timetable_renderer.core.layout.tree import Picture, Rounded, Text, Weight
from timetable_renderer.core.options import ImageFormat, LayoutName, PictureOptions
from timetable_renderer.core.plan import make_plan

DAY = date(2026, 8, 7)
ZONE = ZoneInfo("Asia/Tokyo")
STAGES = (
    "HOT STAGE",
    "SKY STAGE",
    "SMILE GARDEN",
    "DOLL FACTORY",
    "HEAT GARAGE",
    "DREAM STAGE",
    "海側",
    "湾岸",
    "屋上",
    "B1",
)
COLOURS = ("#e6002d", "#00a0e9", "#8fc31f", "#f39800", "#e4007f", "#808080", "#7030a0", "#00806a", "#a05000", "#2040c0")
FONTS = {Weight.REGULAR: noto_cjk_sans_jp_regular, Weight.BOLD: noto_cjk_sans_jp_bold}
SIZES = ((1080, 1920, 5.0), (2160, 3840, 7.0))
MOST_MS_OF_TWENTY = 10.0


def festival() -> Festival:
    """10 stages with 20 slots each on one day, and two more days; names are made up, from a fixed seed."""
    chance = random.Random(20)
    parts = (
        "ときめき",
        "夢見",
        "STAR",
        "☆",
        "くるみ",
        "PARADE",
        "東雲",
        "♡",
        "ネオン",
        "Q'ulle",
        "放課後",
        "乙女",
        "ガールズ",
        "宣伝部",
    )
    stages = tuple(Stage(f"s{index}", name, COLOURS[index]) for index, name in enumerate(STAGES))
    slots = []
    for day in (DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)):
        for stage in stages:
            start = datetime.combine(day, clock(9, 30), ZONE) + timedelta(minutes=5 * chance.randrange(6))
            for _ in range(20):
                end = start + timedelta(minutes=chance.choice((15, 20, 25, 30)))
                name = "".join(chance.sample(parts, 2))
                slots.append(Slot(slot_id(day, stage.id, start, 0), day, stage.id, 0, start, end, name))
                start = end + timedelta(minutes=chance.choice((5, 10)))
    slots.sort(key=lambda slot: slot.start)
    days = tuple(DAY + timedelta(days=number) for number in range(3))
    fetched = datetime(2026, 8, 6, tzinfo=UTC)
    name = "ベンチマーク FESTIVAL 2026"
    return Festival("bench", name, "Asia/Tokyo", clock(5), days, stages, tuple(slots), version=1, fetched_at=fetched)


def fastest(run: Callable[[], object], times: int = 7) -> float:
    """Processor milliseconds of the fastest run: what the code takes, not what the machine does beside it."""
    took = []
    for _ in range(times):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    return min(took) * 1000


class Naive:
    """Draws a tree as one does with Pillow."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[int, Weight], ImageFont.FreeTypeFont] = {}

    def draw(self, picture: Picture) -> Image.Image:
        """The tree's leaves on an image."""
        image = Image.new("RGB", (picture.width, picture.height), picture.background)
        draw = ImageDraw.Draw(image)
        for leaf in picture.root.leaves():
            box = leaf.box
            if isinstance(leaf, Text):
                font = self._font(leaf.size, leaf.weight)
                draw.text((box.x, leaf.baseline), leaf.text, leaf.colour, font, anchor="ls")
            elif isinstance(leaf, Rounded):
                corners = (leaf.corners.left, leaf.corners.right, leaf.corners.right, leaf.corners.left)
                place = (box.x, box.y, box.right - 1, box.bottom - 1)
                draw.rounded_rectangle(
                    place, leaf.radius, leaf.fill, leaf.border, width=leaf.border_width, corners=corners
                )
        return image

    def _font(self, size: int, weight: Weight) -> ImageFont.FreeTypeFont:
        font = self._fonts.get((size, weight))
        if font is None:
            font = self._fonts[size, weight] = ImageFont.truetype(str(FONTS[weight].FONT_PATH), size)
        return font


def saved(image: Image.Image) -> bytes:
    """The PNG that Pillow writes if nothing is said."""
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def cold(width: int, height: int) -> float:
    """Milliseconds of a process's first picture, fonts opened before."""
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); import picture; "
        "painters, paint = picture.ours(int(sys.argv[2]), int(sys.argv[3])); start = time.process_time(); "
        "paint(); print((time.process_time() - start) * 1000)"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parent), str(width), str(height)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def ours(width: int, height: int) -> tuple[Callable[[], Picture], Callable[[], bytes]]:
    """What lays the picture out, and what makes all of it."""
    fonts = Fonts()
    painters = Painters(fonts)
    made = festival()
    picks = [slot.id for slot in made.slots if slot.day == DAY]
    options = PictureOptions(layout=LayoutName.DAY, width=width, height=height)

    def tree() -> Picture:
        return lay_out(make_plan(made, picks), options, fonts)

    return tree, lambda: painters.paint(tree(), ImageFormat.PNG)


def compare(width: int, height: int, wanted: float) -> bool:
    """Print one size's rows; is it as fast as it has to be?"""
    lay, paint = ours(width, height)
    tree, written = lay(), paint()
    naive = Naive()
    reference = naive.draw(tree)
    size = len(saved(reference))
    drawn, encoded = fastest(lambda: naive.draw(tree), 3), fastest(lambda: saved(reference), 3)
    layout, whole = fastest(lay), fastest(paint)
    ratio = (drawn + encoded) / whole
    texts = sum(isinstance(leaf, Text) for leaf in tree.root.leaves())
    print(f"\n200 picks at {tree.width}×{tree.height}: {texts} lines of text")
    print(f"  Pillow, naively   {drawn + encoded:8.1f} ms = {drawn:.1f} drawing + {encoded:.1f} saving; {size:,} bytes")
    print(
        f"  ours              {whole:8.1f} ms = {layout:.1f} layout + {whole - layout:.1f} drawing and encoding;"
        f" {len(written):,} bytes"
    )
    print(f"  ours, cold        {cold(width, height):8.1f} ms")
    print(f"  ratio             {ratio:8.1f} times as fast (at least {wanted:.0f})")
    return ratio >= wanted and len(written) <= size


def twenty() -> bool:
    """20 picks of three days as an agenda."""
    fonts = Fonts()
    painters, made = Painters(fonts), festival()
    picks = [slot.id for slot in random.Random(3).sample(made.slots, 20)]
    options = PictureOptions()

    def paint() -> bytes:
        return painters.paint(lay_out(make_plan(made, picks), options, fonts), ImageFormat.PNG)

    tree = lay_out(make_plan(made, picks), options, fonts)
    took = fastest(paint, 40)
    print(f"\n20 picks, agenda at {tree.width}×{tree.height}: {took:.1f} ms (at most {MOST_MS_OF_TWENTY:.0f})")
    for form in (ImageFormat.WEBP, ImageFormat.PDF, ImageFormat.SVG):
        written = painters.paint(tree, form)
        took_form = fastest(partial(painters.paint, tree, form), 3)
        print(f"  as {form.value:5} {took_form:8.1f} ms, {len(written):,} bytes")
    imagemagick(tree)
    return took <= MOST_MS_OF_TWENTY


def is_imagemagick(program: str) -> bool:
    """Is it the real one?"""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stdout
    return said.startswith("Version: ImageMagick")


def imagemagick(tree: Picture) -> None:
    """Print what ImageMagick takes for the same tree."""
    program = shutil.which("convert")
    if program is None or not is_imagemagick(program):
        print("  ImageMagick: not installed")
        return
    command = [program, "-size", f"{tree.width}x{tree.height}", f"xc:{tree.background}"]
    for leaf in tree.root.leaves():
        box = leaf.box
        if isinstance(leaf, Text):
            words = leaf.text.replace("\\", "\\\\").replace("'", "\\'")
            command += ["-font", str(FONTS[leaf.weight].FONT_PATH), "-pointsize", str(leaf.size), "-fill", leaf.colour]
            command += ["-draw", f"text {box.x},{leaf.baseline} '{words}'"]
        elif isinstance(leaf, Rounded):
            command += ["-fill", leaf.fill, "-draw"]
            command.append(f"roundrectangle {box.x},{box.y} {box.right},{box.bottom} {leaf.radius},{leaf.radius}")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = subprocess.run([*command, f"{folder}/it.png"], capture_output=True, check=False)
        took = (time.perf_counter() - start) * 1000
    print(f"  ImageMagick {took:8.0f} ms" if done.returncode == 0 else "  ImageMagick: it refused")


def main() -> int:
    """Print the table; 1 if something is slower than it has to be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    good = [compare(*size) for size in SIZES]
    good.append(twenty())
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
