"""A small service with one of everything, for the tests of the command line and the docs pages."""

import asyncio
from collections.abc import AsyncIterator

import typer
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict
from starlette.responses import Response, StreamingResponse

from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.cli import progress, service_cli
from genba_servicekit.errors import NotFound, responses
from genba_servicekit.middleware import prepare
from genba_servicekit.settings import ServiceSettings, ServiceSpec
from genba_servicekit.sse import Broadcast, EventStream, sse_response


class DemoSettings(ServiceSettings):
    """What can be told to the demo."""

    model_config = SettingsConfigDict(env_prefix="DEMO_")

    port: int = Field(default=8999, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")


class Note(BaseModel):
    """What someone wrote down."""

    text: str = Field(min_length=1, examples=["東京ドーム"])


router = APIRouter(prefix="/v1", tags=["notes"])
feed = Broadcast()
page = prepare(b"<h1>demo</h1>", route="/")


@router.get("/notes/{name}", responses=responses(NotFound))
async def read_note(name: str) -> Note:
    """Give one note."""
    raise NotFound(name)


@router.put("/notes/{name}")
async def save_note(name: str, note: Note) -> Note:
    """Keep one note."""
    return note


@router.get("/events", include_in_schema=False)
async def events() -> EventStream:
    """Follow what never happens."""
    return sse_response(feed.subscribe())


@router.get("/who", include_in_schema=False)
async def who(request: Request) -> dict[str, str]:
    """Say how the request looks from here."""
    return {"client": request.client.host if request.client else "", "scheme": request.url.scheme}


@router.get("/slow", include_in_schema=False)
async def slow() -> Response:
    """Take longer than anyone waits."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        await asyncio.sleep(3600)

    return StreamingResponse(parts())


def create_app(settings: DemoSettings) -> GenbaApp:
    """Put the demo together."""
    return build_app(
        settings=settings,
        title="Demo <&>",
        description="Notes of all kinds.",
        version="1.0",
        tags=[{"name": "notes", "description": "What someone wrote down."}],
        routers=[router],
        hot=lambda scope: page if scope["path"] == "/" else None,
    )


SPEC = ServiceSpec("demo", "demo", 8999, DemoSettings, create_app)
cli = service_cli(SPEC, help="A demonstration.")


@cli.command("count")
def count_command(total: int) -> None:
    """Count up, and say so."""
    with progress("counting", total) as counted:
        for _ in range(total):
            counted(1)
    typer.echo(total)


def main() -> None:
    """What its command would run."""
    cli()


if __name__ == "__main__":
    main()
