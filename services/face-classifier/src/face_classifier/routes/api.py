"""The REST API: every router, in the order of the docs page."""

from typing import Final

from face_classifier.routes import (
    api_faces,
    api_fooling,
    api_labelling,
    api_models,
    api_trainings,
    openinference,
    tfserving,
)

TAGS: Final = (
    {"name": "faces", "description": "Where faces are in pictures, and whose they are."},
    {"name": "models", "description": "Whom the model knows, and which version of it answers."},
    {"name": "optimal inputs", "description": "See how the model is fooled. With an API key."},
    {"name": "labelling", "description": "Give names to faces, to learn from. With an API key."},
    {"name": "trainings", "description": "Have models trained. With an API key."},
)
ROUTERS: Final = (
    api_faces.router,
    api_models.router,
    api_trainings.router,
    api_fooling.router,
    api_labelling.router,
    openinference.router,
    tfserving.router,
)
