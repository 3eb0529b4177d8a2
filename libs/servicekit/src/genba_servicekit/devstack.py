"""Every installed service in one terminal: `python -m genba_servicekit.devstack` (`make up`).

Finds the services by their entry points, starts a Redis unless `GENBA_REDIS_URL` names one, loads each service's
sample, and then keeps the services running until Ctrl-C, SIGTERM, SIGHUP or the end of whoever started this. Nothing
that it started outlives it, whatever ends it (see docs/decisions/0002).

Exit codes: 0 stopped as asked, 1 a service kept failing, 2 something must be changed first; one line says what.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from genba_servicekit.cli import print_settings, read_settings
from genba_servicekit.devstack_service import EXIT_MUST_CHANGE, DevService, StackError, Terminal
from genba_servicekit.redis_server import RedisServer, RedisServerError, answers
from genba_servicekit.settings import ServiceSpec, load_services

WATCH_INTERVAL: Final = 0.5  # seconds between looks at whether our parent and the Redis are still there


def main(specs: Sequence[ServiceSpec] | None = None, argv: Sequence[str] | None = None) -> int:
    """Run the services given, or all that are installed; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make up", description="Start every service in this terminal.")
    parser.add_argument("--port-offset", type=int, default=0, help="added to every service's port")
    parser.add_argument("--settings", action="store_true", help="print every setting of every service instead")
    arguments = parser.parse_args(argv)
    specs = load_services() if specs is None else specs
    if arguments.settings:
        print_settings(*(spec.settings for spec in specs))
        return 0
    try:
        return asyncio.run(_up(specs, arguments.port_offset, os.environ))
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return error.code


async def _up(specs: Sequence[ServiceSpec], port_offset: int, environ: Mapping[str, str]) -> int:
    if not specs:
        raise StackError("no service is installed here", EXIT_MUST_CHANGE)
    began = time.monotonic()
    stopped = _stop_asked()
    terminal = Terminal(sys.stdout, ["genba", "redis", *(spec.name for spec in specs)])
    services = [_configured(spec, port_offset, environ, terminal) for spec in specs]
    _refuse_taken_ports(services)
    _introduce(specs, services)
    with ExitStack() as stack:
        redis = None if environ.get("GENBA_REDIS_URL") else _own_redis(specs, services, stack, terminal)
        tasks = [asyncio.create_task(service.supervise()) for service in services]
        tasks.append(asyncio.create_task(_watch(redis, terminal)))
        greeting = asyncio.create_task(_greet(services, began, terminal))
        waiting = [asyncio.create_task(event.wait()) for event in (stopped, terminal.closed)]
        await asyncio.wait([*tasks, *waiting], return_when=asyncio.FIRST_COMPLETED)
        failed = [task.exception() for task in tasks if task.done()]
        terminal.say("genba", "stopping")
        for task in (*tasks, *waiting, greeting):
            task.cancel()
        await asyncio.gather(*tasks, *waiting, greeting, return_exceptions=True)
    for error in failed:
        if error:
            raise error
    return 0


def _stop_asked() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def _configured(spec: ServiceSpec, port_offset: int, environ: Mapping[str, str], terminal: Terminal) -> DevService:
    return DevService(spec, read_settings(spec.settings), port_offset=port_offset, environ=environ, terminal=terminal)


def _refuse_taken_ports(services: Sequence[DevService]) -> None:
    """Name all taken ports at once, a line each."""
    taken = []
    with ExitStack() as held:  # each until the last is tried, so that two services with one port are found too
        for service in services:
            if service.uds:
                continue
            try:
                family, *_, address = socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM)[0]
                probe = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
            except (OSError, OverflowError) as error:
                why = error.strerror if isinstance(error, OSError) else "there is no such port"
                taken.append(
                    f"{service.name}: port {service.port} on {service.host}: {why}; "
                    f"set {service.port_variable}, or move every service with make up PORT_OFFSET=100"
                )
    if taken:
        raise StackError("\n".join(taken), EXIT_MUST_CHANGE)


def _introduce(specs: Sequence[ServiceSpec], services: Sequence[DevService]) -> None:
    """Tell the services where their neighbours are, unless somebody did."""
    urls = {service.name: service.url for service in services if not service.uds}
    for spec, service in zip(specs, services, strict=True):
        for variable, neighbour in spec.neighbours.items():
            if neighbour in urls:
                service.env.setdefault(variable, urls[neighbour])


def _own_redis(
    specs: Sequence[ServiceSpec], services: Sequence[DevService], stack: ExitStack, terminal: Terminal
) -> RedisServer:
    """Start a Redis on a free port and tell the services. What it holds is for the moment: truth is in databases."""
    redis = RedisServer(specs[0].settings().data_dir / "redis")
    try:
        redis.start()
    except RedisServerError as error:
        raise StackError(str(error), EXIT_MUST_CHANGE) from error
    stack.callback(redis.stop)
    for service in services:
        service.env["GENBA_REDIS_URL"] = redis.url
    terminal.say("redis", redis.url)
    return redis


async def _watch(redis: RedisServer | None, terminal: Terminal) -> None:
    """Return when our parent has ended: a `make` that was killed cannot tell. Start a Redis again that has ended."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(WATCH_INTERVAL)
        # Twice, and with the client's timeout of a second each: a busy machine is no dead Redis.
        if (
            redis
            and not await asyncio.to_thread(answers, redis.port)
            and not await asyncio.to_thread(answers, redis.port)
        ):
            terminal.say("redis", "does not answer; starting it again")
            try:
                await asyncio.to_thread(redis.restart)
            except RedisServerError as error:
                terminal.say("redis", str(error))


async def _greet(services: Sequence[DevService], began: float, terminal: Terminal) -> None:
    for service in services:
        await service.ready.wait()
    terminal.say("genba", f"all is up after {time.monotonic() - began:.1f} s; Ctrl-C stops it")


if __name__ == "__main__":
    sys.exit(main())
