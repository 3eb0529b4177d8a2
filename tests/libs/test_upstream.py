"""Files are fetched from URLs that people give, and nobody gains by giving a bad one."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.addresses import parse_networks
from genba_servicekit.upstream import Upstream
from genba_servicekit.upstream_errors import AddressRefused, BadAnswer, TooLarge, TooSlow, Unreachable, UpstreamError
from genba_servicekit.upstream_guard import Resolver
from source_server import SourceServer, endless, file, head, plain, redirect, silent, source_server

HERE = parse_networks(["127.0.0.0/8"])
TLS = ssl.create_default_context()  # made once: it takes 20 ms
BODY = "出演者".encode() * 1_000


class Names:
    """Resolves names as a test says, one answer after the other, and remembers who asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers if len(self.answers) == 1 else [self.answers.pop(0)]


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with source_server() as here:
        yield here


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """One that may fetch from this machine."""
    here = Upstream(allow=HERE, limit=200_000, timeout=5, attempts=1)
    yield here
    await here.close()


async def test_a_file_is_fetched_with_what_tells_its_version(server: SourceServer, upstream: Upstream) -> None:
    server.put("/a.json", BODY, Content_Type="application/json", Last_Modified="Fri, 04 Aug 2017 01:00:00 GMT")
    answer = await upstream.get(server.url("/a.json"))
    assert (answer.body, answer.content_type) == (BODY, "application/json")
    assert answer.last_modified == "Fri, 04 Aug 2017 01:00:00 GMT"
    again = await upstream.get(server.url("/a.json"), etag=answer.etag, last_modified=answer.last_modified)
    assert again.body is None
    assert again.etag == answer.etag
    asked = server.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == (answer.etag, answer.last_modified)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "members"])
async def test_compressed_files_are_unpacked(server: SourceServer, upstream: Upstream, encoding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(BODY),
        "deflate": zlib.compress(BODY),
        "raw deflate": raw.compress(BODY) + raw.flush(),
        "members": gzip.compress(BODY[:5_000]) + gzip.compress(BODY[5_000:]),
    }[encoding]
    server.answers["/a"] = plain(200, packed, Content_Encoding="deflate" if "deflate" in encoding else "gzip")
    assert (await upstream.get(server.url("/a"))).body == BODY


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_compressed_files_may_come_in_pieces_of_any_size(
    server: SourceServer, upstream: Upstream, size: int
) -> None:
    packed = gzip.compress(BODY)

    async def pieces(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, Content_Encoding="gzip", Content_Length=str(len(packed))))
        for start in range(0, len(packed), size):
            writer.write(packed[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)

    server.answers["/a"] = pieces
    assert (await upstream.get(server.url("/a"))).body == BODY


async def test_of_several_addresses_the_first_that_answers_is_used(server: SourceServer) -> None:
    async def several(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]  # on the first, nobody listens

    server.put("/a", b"here")
    upstream = Upstream(allow=HERE, resolver=several, attempts=1)
    assert (await upstream.get(server.url("/a", "example.org"))).body == b"here"
    await upstream.close()


async def test_redirects_are_followed_to_the_end(server: SourceServer, upstream: Upstream) -> None:
    server.answers |= {"/1": redirect("2"), "/2": redirect(server.url("/3"), 308), "/3": file(b"here")}
    answer = await upstream.get(server.url("/1"))
    assert (answer.body, answer.url) == (b"here", server.url("/3"))


@pytest.mark.parametrize("etag", ['"日本"', '"' + "x" * 5_000 + '"', ""])
async def test_a_validator_that_cannot_be_sent_back_is_none(
    server: SourceServer, upstream: Upstream, etag: str
) -> None:
    async def odd(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: " + etag.encode() + b"\r\n\r\nhere")

    server.answers["/"] = odd
    answer = await upstream.get(server.url("/"))
    assert (answer.body, answer.etag) == (b"here", None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 999 \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xe3\x81\x82.invalid:0/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://xn--/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: //\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_whatever_comes_is_an_error_of_its_kind(server: SourceServer, upstream: Upstream, raw: bytes) -> None:
    async def odd(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    server.answers["/"] = odd
    with pytest.raises(UpstreamError) as caught:
        await upstream.get(server.url("/"))
    assert "\n" not in str(caught.value)


async def test_redirects_in_a_circle_end(server: SourceServer, upstream: Upstream) -> None:
    server.answers |= {"/1": redirect("/2"), "/2": redirect("/1")}
    with pytest.raises(BadAnswer, match="leads on more than 5 times"):
        await upstream.get(server.url("/1"))
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.0.0.1:{port}/",
        "http://0:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
    ],
)
async def test_this_machine_and_its_networks_are_not_connected_to(server: SourceServer, url: str) -> None:
    upstream = Upstream()
    with pytest.raises(AddressRefused):
        await upstream.get(url.format(port=server.port))
    assert server.asked == []
    await upstream.close()


async def test_a_public_name_of_a_private_address_is_refused(server: SourceServer) -> None:
    upstream = Upstream(resolver=Names("93.184.216.34", "127.0.0.1"), attempts=1)
    with pytest.raises(AddressRefused, match="port"):
        await upstream.get(server.url("/", "example.org"))
    with pytest.raises(AddressRefused, match=r"example\.org is 127\.0\.0\.1, which is this machine's own"):
        await upstream.get("http://example.org/")
    await upstream.close()


async def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    async def both(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34", "10.0.0.1"]

    upstream = Upstream(resolver=both)
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        await upstream.get("http://example.org/")
    await upstream.close()


async def test_a_name_is_looked_up_once_a_connection_so_that_it_cannot_lead_elsewhere(server: SourceServer) -> None:
    server.put("/a", b"here")
    names = Names("127.0.0.1", "169.254.169.254")
    upstream = Upstream(allow=HERE, resolver=names, attempts=1)
    assert (await upstream.get(server.url("/a", "example.org"))).body == b"here"
    assert names.asked == ["example.org"]
    assert server.asked[0].headers["host"] == f"example.org:{server.port}"
    with pytest.raises(AddressRefused, match="link-local"):
        await upstream.get(server.url("/a", "example.org"))
    await upstream.close()


@pytest.mark.parametrize(
    "goal",
    ["http://127.0.0.2:{port}/", "http://169.254.169.254/", "file:///etc/passwd", "gopher://example.org/"],
)
async def test_a_redirect_is_checked_like_the_first_address(server: SourceServer, goal: str) -> None:
    server.answers["/"] = redirect(goal.format(port=server.port))
    upstream = Upstream(allow=parse_networks(["127.0.0.1"]), attempts=1)
    with pytest.raises((AddressRefused, BadAnswer)):
        await upstream.get(server.url("/"))
    assert len(server.asked) == 1
    await upstream.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/a", "http or https"),
        ("file:///etc/passwd", "http or https"),
        ("http://user:secret@example.org/", "user name"),
        ("http:///nowhere", "no host"),
        ("http://example.org:port/", "no URL"),
        ("nonsense", "http or https"),
        ("http://1.1.1.1:22/", "port 22"),
    ],
)
async def test_what_is_no_web_address_is_refused_and_no_secret_is_repeated(url: str, reason: str) -> None:
    upstream = Upstream()
    with pytest.raises(AddressRefused, match=reason) as caught:
        await upstream.get(url)
    assert "secret" not in str(caught.value)
    await upstream.close()


ODD = [
    "[",
    "]",
    ":",
    "@",
    "%",
    "%00",
    "xn--",
    "あ",
    "ﷺ",
    "\ud800",
    "\n",
    "\0",
    "..",
    "/",
    "//",
    "?",
    "#",
    "9" * 12,
    "-" * 70,
]


@given(st.sampled_from(["", "http://", "HTTPS://", "//"]), st.lists(st.sampled_from(ODD) | st.text(max_size=3)))
def test_whatever_is_given_as_a_url_is_an_error_of_its_kind(scheme: str, parts: list[str]) -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError("nowhere")

    async def fetch() -> None:
        upstream = Upstream(resolver=nowhere, attempts=1, tls=TLS)
        with pytest.raises(UpstreamError) as caught:
            await upstream.get(scheme + "".join(parts))
        assert str(caught.value).isprintable()
        await upstream.close()

    asyncio.run(fetch())


async def test_a_host_that_does_not_exist_is_said_in_one_line(upstream: Upstream) -> None:
    with pytest.raises(Unreachable, match=r"there is no host nowhere\.invalid"):
        await upstream.get("http://nowhere.invalid/")


async def test_a_port_where_nobody_listens_is_said(server: SourceServer, upstream: Upstream) -> None:
    with pytest.raises(Unreachable):
        await upstream.get("http://127.0.0.1:1/")


@pytest.mark.parametrize("status", [201, 206, 301, 404, 500])
async def test_what_is_no_file_is_said_with_its_status(server: SourceServer, upstream: Upstream, status: int) -> None:
    server.answers["/"] = plain(status, b"x")
    with pytest.raises(BadAnswer, match=str(status)):
        await upstream.get(server.url("/"))


async def test_a_server_that_is_away_for_a_moment_is_asked_again(server: SourceServer) -> None:
    server.put("/good", b"here")

    async def first_away(asked: object, writer: asyncio.StreamWriter) -> None:
        server.answers["/"] = file(b"here")
        await plain(503)(asked, writer)  # type: ignore[arg-type]

    server.answers["/"] = first_away
    upstream = Upstream(allow=HERE)
    assert (await upstream.get(server.url("/"))).body == b"here"
    await upstream.close()


async def test_a_file_that_says_to_be_too_long_is_not_read(server: SourceServer, upstream: Upstream) -> None:
    server.answers["/"] = endless(b"x" * 65_536, Content_Length="100000000")
    with pytest.raises(TooLarge, match="100,000,000 bytes, of at most 200,000"):
        await upstream.get(server.url("/"))


async def test_a_file_without_an_end_is_cut_at_the_limit(server: SourceServer, upstream: Upstream) -> None:
    server.answers["/"] = endless(b"x" * 65_536)
    with pytest.raises(TooLarge):
        await upstream.get(server.url("/"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_small_file_that_unpacks_to_a_large_one_is_cut(
    server: SourceServer, upstream: Upstream, encoding: str
) -> None:
    bomb = (gzip.compress if encoding == "gzip" else zlib.compress)(b"\0" * 20_000_000)
    assert len(bomb) < 25_000
    server.answers["/"] = plain(200, bomb, Content_Encoding=encoding)
    with pytest.raises(TooLarge):
        await upstream.get(server.url("/"))


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "compress"])
async def test_a_way_of_packing_that_was_not_asked_for_is_refused(
    server: SourceServer, upstream: Upstream, encoding: str
) -> None:
    server.answers["/"] = plain(200, gzip.compress(gzip.compress(BODY)), Content_Encoding=encoding)
    with pytest.raises(BadAnswer, match="compressed"):
        await upstream.get(server.url("/"))


DAMAGED = {"no gzip": b"not gzip", "cut": gzip.compress(BODY)[:-9], "wrong sum": gzip.compress(BODY)[:-8] + bytes(8)}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=list(DAMAGED))
async def test_a_damaged_file_is_refused(server: SourceServer, upstream: Upstream, body: bytes) -> None:
    server.answers["/"] = plain(200, body, Content_Encoding="gzip")
    with pytest.raises(BadAnswer, match="compressed"):
        await upstream.get(server.url("/"))


async def test_a_file_that_breaks_off_is_refused(server: SourceServer, upstream: Upstream) -> None:
    async def half(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, Content_Length="1000") + b"half")

    server.answers["/"] = half
    with pytest.raises(Unreachable):
        await upstream.get(server.url("/"))


@pytest.mark.parametrize("answer", [endless(b"x", 0.01), silent()], ids=["drip", "silence"])
async def test_a_slow_file_is_cut_by_the_whole_time(server: SourceServer, answer: object) -> None:
    server.answers["/"] = answer  # type: ignore[assignment]
    upstream = Upstream(allow=HERE, timeout=0.3)
    with pytest.raises(TooSlow, match=r"0\.3 s"):
        await upstream.get(server.url("/"))
    await upstream.close()


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own for a name, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC).replace(tzinfo=None)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


async def test_a_certificate_has_to_be_of_the_name_although_an_address_is_connected_to(tmp_path: Path) -> None:
    path = certificate(tmp_path, "example.org")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(path)
    trusting = ssl.create_default_context(cafile=str(path))
    names: Resolver = Names("127.0.0.1")
    async with source_server(serving) as server:
        server.put("/a", b"here")
        server.answers["/down"] = redirect("http://example.org/a")
        upstream = Upstream(allow=HERE, resolver=names, tls=trusting, attempts=1)
        assert (await upstream.get(server.url("/a", "example.org"))).body == b"here"
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            await upstream.get(server.url("/a", "example.com"))
        with pytest.raises(AddressRefused, match="from https to http"):
            await upstream.get(server.url("/down", "example.org"))
        await upstream.close()
