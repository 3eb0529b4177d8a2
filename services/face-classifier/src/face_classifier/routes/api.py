"""The REST API: every router, in the order of the docs page."""

from typing import Final

from face_classifier.routes import api_faces, openinference, tfserving

TAGS: Final = ({"name": "faces", "description": "Where faces are in pictures, and whose they are."},)
ROUTERS: Final = (api_faces.router, openinference.router, tfserving.router)
