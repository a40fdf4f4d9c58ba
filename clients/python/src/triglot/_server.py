"""Where a server is, and how a client proves that it may call it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import grpc

#: The address at which `triglot serve` listens if it is not told another one.
DEFAULT = "http://127.0.0.1:50051"

OPTIONS: list[tuple[str, int]] = [
    # An answer has much more than its text: the places, checks and alignments of all sentences.
    ("grpc.max_receive_message_length", 64 << 20),
    # A machine that vanishes ends no connection.
    ("grpc.keepalive_time_ms", 15_000),
    ("grpc.keepalive_timeout_ms", 15_000),
    # Time to connect, in spite of its name, with the handshake of TLS.
    ("grpc.min_reconnect_backoff_ms", 10_000),
    # A try after a failed one is in vain while gRPC waits before it connects again.
    ("grpc.initial_reconnect_backoff_ms", 250),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]


@dataclass(frozen=True)
class Server:
    """What a channel needs."""

    target: str
    #: None: without encryption.
    credentials: grpc.ChannelCredentials | None
    #: What each call says of its caller.
    metadata: tuple[tuple[str, str], ...]

    @staticmethod
    def at(
        url: str, tls_ca: bytes | None, client_cert: bytes | None, client_key: bytes | None, api_key: str | None
    ) -> Server:
        parts = urlsplit(url)
        host = parts.hostname
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError(f"the address {url} must begin with https:// or http://, and name a host")
        credentials = None
        if parts.scheme == "https":
            credentials = grpc.ssl_channel_credentials(tls_ca, client_key, client_cert)
        elif tls_ca or client_cert or client_key:
            raise ValueError(f"{url} would get the text without encryption; certificates need an address with https://")
        elif api_key and not _is_loopback(host):
            raise ValueError(
                f"{url} would get the key without encryption; a key needs https://, or a server on this machine"
            )
        target = f"[{host}]" if ":" in host else host
        port = parts.port or (443 if credentials else 80)
        metadata = (("authorization", f"Bearer {api_key}"),) if api_key else ()
        return Server(f"{target}:{port}", credentials, metadata)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
