"""What the page shows of pictures, in words and shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from face_classifier.core.bundles import Manifest
from face_classifier.core.crops import Face
from face_classifier.core.links import NOTHING, Links
from face_classifier.core.recognition import Recognition
from face_classifier.routes.converting import links_of
from face_classifier.usecases.looking import Given, Seen, Unseen
from face_classifier.usecases.recognizing import Known
from genba_servicekit.languages import Language


@dataclass(frozen=True, slots=True)
class FaceView:
    """A face.

    Attributes:
        number: in its picture, from 1 on.
        x, y, width, height: of its box, in pixels.
        name: whose it may be; empty where there is no model.
        share: how probable that is, as people read it.
        probability: the same as a number.
        unknown: it is nobody whom the model knows.
        more: who else it may be.
        links: what is known of the person elsewhere.
    """

    number: int
    x: int
    y: int
    width: int
    height: int
    name: str = ""
    share: str = ""
    probability: float = 0.0
    unknown: bool = False
    more: str = ""
    links: Links = NOTHING


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture.

    Attributes:
        title: what it is called.
        width, height: in pixels.
        faces: the largest first.
        summary: how many faces, in words.
        fault: why it cannot be read; empty if it was.
        source: where it can be had from this site; empty if nowhere.
        text: size of the numbers beside boxes, in pixels of the picture.
    """

    title: str
    width: int
    height: int
    faces: tuple[FaceView, ...]
    summary: str
    fault: str = ""
    source: str = ""

    @property
    def text(self) -> int:
        """Size of the numbers in the picture, in its own pixels."""
        return max(8, self.width // 22)


def picture_views(
    given: Sequence[Given], found: Sequence[Seen | Known | Unseen], language: Language, *, source: str = ""
) -> list[PictureView]:
    """Pictures as the page shows them."""
    return [
        _picture(each.name or language("picture", number=number), what, language, source)
        for number, (each, what) in enumerate(zip(given, found, strict=True), 1)
    ]


def people_of(manifest: Manifest) -> list[str]:
    """Names of those whom a model knows."""
    return [label.name for label in manifest.labels]


def _picture(title: str, what: Seen | Known | Unseen, language: Language, source: str) -> PictureView:
    if isinstance(what, Unseen):
        return PictureView(title, 0, 0, (), language("unread"), fault=what.reason)
    seen = what.seen if isinstance(what, Known) else what
    known: list[tuple[Recognition | None, Links]] = [(None, NOTHING)] * len(seen.faces)
    if isinstance(what, Known):
        known = [(each, links_of(what, each)) for each in what.recognitions]
    count = len(seen.faces)
    summary = language(f"faces_{count}") if count <= 1 else language("faces_n", count=count)
    views = tuple(
        _face(number, face, *told, language)
        for number, (face, told) in enumerate(zip(seen.faces, known, strict=True), 1)
    )
    return PictureView(title, seen.width, seen.height, views, summary, source=source)


def _face(number: int, face: Face, recognition: Recognition | None, links: Links, language: Language) -> FaceView:
    box = (round(face.x), round(face.y), round(face.width), round(face.height))
    if recognition is None:
        return FaceView(number, *box)
    first, *others = recognition.guesses
    share = _share(first.probability)
    named = [f"{each.label.name} {_share(each.probability)}" for each in others if each.probability >= 0.01]  # noqa: PLR2004
    return FaceView(
        number,
        *box,
        name=first.label.name,
        share=share,
        probability=first.probability,
        unknown=recognition.unknown,
        more=language("others", names=", ".join(named)) if named else "",
        links=links,
    )


def _share(probability: float) -> str:
    return f"{probability:.1%}" if probability < 0.9995 else "99.9%"  # noqa: PLR2004  (nothing is certain)
