"""The service as a site: choose or take a photo, see the faces in it and whose they are."""

import json
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from face_classifier.deps import Faces, FacesDep
from face_classifier.routes.bodies import pictures_of
from face_classifier.routes.languages import languages
from face_classifier.routes.pages_static import static_files
from face_classifier.routes.pages_view import PictureView, people_of, picture_views
from face_classifier.usecases.following import NoModel
from face_classifier.usecases.looking import Given, Seen, Unseen
from face_classifier.usecases.making import drawn_photo
from face_classifier.usecases.recognizing import Known
from face_classifier.usecases.training_jobs import in_the_works
from genba_contracts.faces import PICTURES_MAX
from genba_servicekit.errors import NotFound, ProblemError
from genba_servicekit.forms import own_url, wants_html
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import Page, Part, as_response
from genba_servicekit.templates import make_templates

router = APIRouter(include_in_schema=False)
templates: Final = make_templates("face_classifier")
templates.globals.update(static=static_files.path, languages=languages)

TOP: Final = 4
"""People that a face may be, on the page."""
DRAWN_SEED: Final = 7
"""Of the people whom `face-classifier dataset make` draws if it is not told another."""
DRAWN_FROM: Final = 100_000
"""Drawn photos are numbered from here: no data set has so many, so the model has seen none of them."""
_DRAWN_SIZE: Final = 320
_DRAWN_NAME: Final = re.compile(r"([0-9]{1,4})-([0-9]{6})")
_OK: Final = 200
_NOT_FOUND: Final = 404


def show(request: Request, language: Language, template: str, *, status: int = _OK, **values: object) -> Response:
    """A page from a template, in a language; `title` is plain text."""
    here = own_url(request, without=languages.parameter)
    made = templates.get_template(template).render(t=language, here=here, **values)
    cache = "no-cache" if status == _OK and request.method == "GET" else "no-store"
    page = Page([Part(made.encode())], route="page", status=status, cache=cache)
    return languages.remember(request, as_response(page.answer(request.scope[HEADERS_KEY])))


@router.get("/")
async def index(request: Request, faces: FacesDep) -> Response:
    """Where a photo is chosen."""
    return await _index(request, faces)


@router.get("/training")
async def training(request: Request, faces: FacesDep) -> Response:
    """How far the training of the first model is, for the page's script."""
    found = await _training(faces, languages.of_request(request))
    said = {"answers": faces.serving.current is not None} | ({} if found is None else asdict(found))
    page = Page([Part(json.dumps(said).encode())], route="training", content_type="application/json", cache="no-store")
    return as_response(page.answer(request.scope[HEADERS_KEY]))


@router.post("/look")
async def look(request: Request, faces: FacesDep) -> Response:
    """What is in the photos of the form: a page, or for the page's script the part of it that is new."""
    language = languages.of_request(request)
    async with pictures_of(request, faces) as given:
        # a browser sends a file without name and bytes where none was chosen
        given = [each for each in given if each.name or each.data]  # noqa: PLW2901  (the rest is of no use)
        views = await _views(faces, given, language)
    return await _found(request, faces, views)


@router.get("/drawn")
async def look_at_drawn(request: Request, faces: FacesDep) -> Response:
    """What is in a photo of somebody whom the model may know and who was drawn for this alone."""
    model = faces.serving.current
    people = 10 if model is None else len(model.manifest.labels)
    name = f"{secrets.randbelow(people)}-{DRAWN_FROM + secrets.randbelow(9 * DRAWN_FROM)}"
    given = [Given(None, await _drawn(name))]
    views = await _views(faces, given, languages.of_request(request), source=f"/drawn/{name}.png")
    return await _found(request, faces, views)


@router.get("/drawn/{name}.png")
async def drawn_picture(name: str) -> Response:
    """A drawn photo: who, and which."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(await _drawn(name), media_type="image/png", headers=headers)


async def _drawn(name: str) -> bytes:
    found = _DRAWN_NAME.fullmatch(name)
    if found is None:
        raise NotFound
    return await anyio.to_thread.run_sync(drawn_photo, DRAWN_SEED, int(found[1]), int(found[2]), _DRAWN_SIZE)


async def _views(faces: Faces, given: Sequence[Given], language: Language, *, source: str = "") -> list[PictureView]:
    model = faces.serving.current
    found: Sequence[Seen | Known | Unseen]
    if model is None:
        found = await faces.looking.look(given)
    else:
        found = await faces.recognizing.recognize(model, given, top=TOP)
    return picture_views(given, found, language, source=source)


async def _found(request: Request, faces: Faces, views: list[PictureView]) -> Response:
    if wants_html(request):
        return await _index(request, faces, views)
    language = languages.of_request(request)
    made = templates.get_template("found.html").render(t=language, views=views)
    sources = [view.source for view in views]
    body = json.dumps({"html": made, "sources": sources}).encode()
    page = Page([Part(body)], route="found", content_type="application/json", cache="no-store")
    return as_response(page.answer(request.scope[HEADERS_KEY]))


@dataclass(frozen=True, slots=True)
class TrainingView:
    """A training as the page shows it.

    Attributes:
        step, steps: how far it is; 0 before the first step.
        said: the same as a sentence.
    """

    step: int
    steps: int
    said: str


async def _training(faces: Faces, language: Language) -> TrainingView | None:
    """The training that makes a first model; None if none does, or there is a model."""
    if faces.serving.current is not None:
        return None
    job = await in_the_works(faces.jobs)
    if job is None:
        return None
    progress = job.progress or {}
    if "step" not in progress:
        return TrainingView(0, 0, language("training_begins"))
    step, steps, left = int(progress["step"]), int(progress["steps"]), math.ceil(progress["left"])
    return TrainingView(step, steps, language("training_step", step=step, steps=steps, left=left))


async def _index(request: Request, faces: Faces, views: list[PictureView] | None = None) -> Response:
    language = languages.of_request(request)
    model, waits = faces.serving.current, ""
    if model is None:
        try:
            faces.following.need()
        except NoModel:
            pass
        except ProblemError as error:
            waits = str(error)
    return show(
        request,
        language,
        "index.html",
        title=language("site"),
        model=model,
        people=[] if model is None else people_of(model.manifest),
        waits=waits,
        training=None if waits else await _training(faces, language),
        most=PICTURES_MAX,
        views=views,
    )


async def error_page(request: Request, error: ProblemError) -> Response | None:
    """An error as a page, for paths of the site; the API's errors are documents whoever asks."""
    if request.url.path.startswith(("/v1/", "/v2")) or not wants_html(request):
        return None
    language = languages.of_request(request)
    heading = language("error_404") if error.status == _NOT_FOUND else language("error_other")
    values = {"title": heading, "heading": heading, "detail": error.detail or ""}
    return show(request, language, "error.html", status=error.status, **values)
