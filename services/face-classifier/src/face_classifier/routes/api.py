"""The REST API: every router, in the order of the docs page."""

from typing import Final

from face_classifier.routes import api_faces, api_models, openinference, tfserving

TAGS: Final = (
    {"name": "faces", "description": "Where faces are in pictures, and whose they are."},
    {"name": "models", "description": "Whom the model knows, and which version of it answers."},
)
ROUTERS: Final = (api_faces.router, api_models.router, openinference.router, tfserving.router)
