"""The page on which faces get names: its script does everything over the API, with a key that the person types in."""

import json
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from face_classifier.deps import FacesDep
from face_classifier.routes.languages import languages
from face_classifier.routes.pages import show

router = APIRouter(include_in_schema=False)

SCRIPT_TEXTS: Final = ("away", "key_wrong", "label_left", "label_done", "label_rejected", "label_skipped")
"""What the script says."""


@router.get("/label")
async def label(request: Request, faces: FacesDep) -> Response:
    """Faces one after the other, with the model's guesses, and a form for somebody else."""
    t = languages.of_request(request)
    return show(
        request,
        t,
        "label.html",
        title=t("label_title"),
        artifacts=faces.settings.artifacts,
        texts=json.dumps({key: t.texts[key] for key in SCRIPT_TEXTS}, ensure_ascii=False),
    )
