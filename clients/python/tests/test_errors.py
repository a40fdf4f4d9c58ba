"""Errors, tries, keys and certificates."""

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import trustme
from conftest import TRIGLOT, Server
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from triglot import (
    AsyncClient,
    Client,
    DeadlineExceeded,
    InvalidArgument,
    ResourceExhausted,
    TriglotError,
    Unauthenticated,
    Unavailable,
    v1,
)
from triglot._progress import Batch
from triglot._retry import Retry


@contextmanager
def serving(*flags: str) -> Iterator[Server]:
    server = Server(*flags)
    try:
        yield server
    finally:
        server.end(signal.SIGTERM)


def refusal(code: grpc.StatusCode, seconds: int | None) -> Status:
    status = Status(code=code.value[0], message="refused")
    if seconds is not None:
        status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=seconds)))
    return status


EXHAUSTED, UNAVAILABLE = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE


def test_an_error_names_the_field(server: Server) -> None:
    with Client(server.url) as client, pytest.raises(InvalidArgument) as caught:
        client.translate("The mayor spoke.", to="fr", options=v1.TranslateOptions(beam_size=99))
    assert caught.value.field == "options.beam_size"
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.retry_delay is None


async def test_an_error_names_the_field_in_a_loop(server: Server) -> None:
    async with AsyncClient(server.url) as client:
        with pytest.raises(InvalidArgument) as caught:
            await client.translate("The mayor spoke.", to="xx")
        assert caught.value.field == "target_language"
        with pytest.raises(InvalidArgument) as caught:
            [piece async for piece in client.stream("The mayor spoke.", to="xx")]
        assert caught.value.field == "start.target_language"


def test_a_server_that_is_not_there_is_unavailable(mortal: Server) -> None:
    mortal.end(signal.SIGKILL)
    with Client(mortal.url, retries=0) as client, pytest.raises(Unavailable):
        client.info()
    mortal.restart()


def test_a_call_waits_for_its_server(mortal: Server) -> None:
    with Client(mortal.url, timeout=30) as client:
        client.info()
        mortal.restart()
        assert client.info().version


def test_a_call_ends_at_its_deadline(server: Server) -> None:
    ended = threading.Event()

    def silent() -> Iterator[bytes]:
        yield b"The mayor "
        ended.wait()

    with Client(server.url) as client, pytest.raises(DeadlineExceeded):
        list(client.stream(silent(), to="fr", source="en", timeout=0.2))
    ended.set()


def test_a_wait_is_as_long_as_the_server_says() -> None:
    retry = Retry(retries=1, timeout=60)
    delay = retry.wait(TriglotError.of(refusal(EXHAUSTED, 2)))
    assert delay is not None and 2 <= delay <= 2.4
    assert retry.wait(TriglotError.of(refusal(EXHAUSTED, 2))) is None, "no try is left"
    retry.progress()
    assert retry.wait(TriglotError.of(refusal(EXHAUSTED, 61))) is None, "the deadline comes first"
    assert retry.wait(TriglotError.of(refusal(EXHAUSTED, None))) is None, "the server names no time"
    assert retry.wait(TriglotError.of(refusal(UNAVAILABLE, None))) is not None, "the connection broke"


def test_a_batch_asks_again_for_what_may_succeed() -> None:
    good, bad = v1.TranslateResponse(translation="good"), refusal(grpc.StatusCode.INVALID_ARGUMENT, None)
    later = refusal(EXHAUSTED, 3)
    batch = Batch([v1.TranslateRequest(text=text) for text in "abc"])
    result = v1.TranslateBatchResult
    answer = v1.TranslateBatchResponse(results=[result(error=bad), result(error=later), result(response=good)])
    error = batch.take(answer)
    assert error and error.retry_delay == 3
    assert [request.text for request in batch.request().requests] == ["b"]
    assert batch.take(v1.TranslateBatchResponse(results=[result(response=good)])) is None
    assert isinstance(batch.results[0], InvalidArgument)
    assert batch.results[1:] == [good, good]


def test_a_key_is_shown_and_its_rate_kept(tmp_path: Path) -> None:
    made = subprocess.run(
        [TRIGLOT, "keys", "new", "agency", "--calls-per-second", "2", "--burst", "1"],
        check=True,
        capture_output=True,
        text=True,
    )
    (tmp_path / "keys.toml").write_text(made.stdout)
    key = made.stderr.strip()
    with serving("--api-keys", str(tmp_path / "keys.toml")) as server:
        with Client(server.url) as client, pytest.raises(Unauthenticated) as unknown:
            client.info()
        assert unknown.value.reason == "UNKNOWN_KEY"
        with Client(server.url, api_key=key, retries=0) as client:
            client.info()
            with pytest.raises(ResourceExhausted) as refused:
                client.info()
            assert refused.value.reason == "RATE" and refused.value.retry_delay
        with Client(server.url, api_key=key) as client:
            assert [client.info().version for _ in range(3)], "the client waits as long as the server says"


def test_both_sides_prove_who_they_are(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    own, mine = authority.issue_cert("127.0.0.1"), authority.issue_cert("agency.example")
    for name, pem in {
        "own.pem": own.cert_chain_pems[0],
        "own.key": own.private_key_pem,
        "ca.pem": authority.cert_pem,
    }.items():
        pem.write_to_path(str(tmp_path / name))
    flags = ["--tls-cert", "own.pem", "--tls-key", "own.key", "--tls-client-ca", "ca.pem"]
    with serving(*(str(tmp_path / flag) if "." in flag else flag for flag in flags)) as server:
        url = f"https://{server.address}"
        root = authority.cert_pem.bytes()
        cert, key = mine.cert_chain_pems[0].bytes(), mine.private_key_pem.bytes()
        with Client(url, tls_ca=root, client_cert=cert, client_key=key) as client:
            assert client.info().version
        with Client(url, tls_ca=root, retries=0) as client, pytest.raises(Unavailable):
            client.info()
        other = stranger.cert_pem.bytes()
        with (
            Client(url, tls_ca=other, client_cert=cert, client_key=key, retries=0) as client,
            pytest.raises(Unavailable),
        ):
            client.info()


def test_no_secret_goes_without_encryption() -> None:
    for problem, url, key, root in [
        ("must begin with", "localhost:50051", None, None),
        ("a key needs https://", "http://triglot.example", "secret", None),
        ("certificates need", "http://127.0.0.1", None, b"pem"),
    ]:
        with pytest.raises(ValueError, match=problem):
            Client(url, api_key=key, tls_ca=root)
