"""What OpenAPI says of the headers of answers."""

from typing import Final

from genba_servicekit.answers import AnswerHeaders

HEADERS: Final = AnswerHeaders(location="/v1/alerts/7f3a9c2e")
