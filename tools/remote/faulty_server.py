"""A server of files on loopback that counts requests, and answers in the wrong ways that real servers and networks do.

The first part of a path names the behaviour: /plain/FILE answers rightly, and each other behaviour is a method below.
"""

import hashlib
import http.server
import pathlib
import re
import socket
import ssl
import threading
import time


class FaultyServer:
    """Serves the files of a folder until it is closed."""

    def __init__(self, folder: pathlib.Path, certificate: tuple[str, str] | None = None) -> None:
        self.requests: list[tuple[str, int]] = []  # the path, and the number of bytes of each answer
        handler = type("Handler", (Handler,), {"folder": folder, "owner": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, address: None  # clients that leave early are a part of the test
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.url = f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self) -> tuple[int, int]:
        """The number of requests and of bytes since the last call."""
        requests, self.requests = self.requests, []
        return len(requests), sum(count for _, count in requests)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: pathlib.Path
    owner: FaultyServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        _, behaviour, name = self.path.split("?")[0].split("/", 2)
        self.earlier = sum(path == self.path for path, _ in self.owner.requests)
        self.owner.requests.append((self.path, 0))
        file = self.folder / name
        if not file.is_file():
            return self.refuse(404)
        self.content = file.read_bytes()
        self.tag = f'"{hashlib.md5(self.content).hexdigest()}"'
        getattr(self, behaviour.replace("-", "_"))()

    def wanted(self) -> tuple[int, int] | None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if match is None:
            return None
        return int(match[1]), min(int(match[2]) + 1, len(self.content))

    def refuse(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send(self, first: int, end: int, *, total: object = None, tag: str | None = "", place: str | None = "",
             sent: int | None = None, **headers: str) -> None:  # fmt: skip
        """Sends a range of the content, with the right headers except for the given ones."""
        body = self.content[first:end]
        self.send_response(206)
        if place is not None:
            self.send_header("Content-Range", place or f"bytes {first}-{end - 1}/{total or len(self.content)}")
        if tag is not None:
            self.send_header("ETag", tag or self.tag)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.owner.requests[-1] = (self.path, len(body[:sent]))
        if sent is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    # Right answers.

    def plain(self) -> None:
        match = self.headers.get("If-Match")
        if match not in (None, self.tag):
            return self.refuse(412)
        if self.headers.get("If-None-Match") == self.tag:
            return self.refuse(304)
        wanted = self.wanted()
        if wanted is None or wanted[0] >= len(self.content):
            return self.refuse(416, Content_Range=f"bytes */{len(self.content)}")
        self.send(*wanted)

    def no_tag(self) -> None:
        self.send(*self.wanted(), tag=None)

    def weak_tag(self) -> None:
        # A weak tag never fulfils If-Match.
        if "If-Match" in self.headers:
            return self.refuse(412)
        self.send(*self.wanted(), tag="W/" + self.tag)

    def redirect(self) -> None:
        self.refuse(302, Location=self.path.replace("/redirect/", "/plain/"))

    # Transient faults: a later request succeeds.

    def error_once(self) -> None:
        self.refuse(500) if self.earlier == 0 else self.plain()

    def busy_once(self) -> None:
        self.refuse(429, Retry_After="1") if self.earlier == 0 else self.plain()

    def cut_once(self) -> None:
        self.send(*self.wanted(), sent=1000) if self.earlier % 2 == 0 else self.plain()

    def closed_once(self) -> None:
        if self.earlier % 2:
            return self.plain()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def silent_once(self) -> None:
        if self.earlier == 0:
            time.sleep(3)
        self.plain()

    # Permanent faults.

    def error_always(self) -> None:
        self.refuse(503, b"<Error><Code>SlowDown</Code></Error>")

    def cut_always(self) -> None:
        self.send(*self.wanted(), sent=10)

    def denied(self) -> None:
        self.refuse(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")

    def teapot(self) -> None:
        self.refuse(418)

    def whole(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        while True:
            self.wfile.write(bytes(1 << 16))

    def no_place(self) -> None:
        self.send(*self.wanted(), place=None)

    def wrong_place(self) -> None:
        first, end = self.wanted()
        self.send(first, end, place=f"bytes {first + 1}-{end}/{len(self.content) + 1}")

    def unknown_total(self) -> None:
        first, end = self.wanted()
        self.send(first, end, place=f"bytes {first}-{end - 1}/*")

    def huge(self) -> None:
        self.send(*self.wanted(), total=1 << 62)

    def impossible(self) -> None:
        self.send(*self.wanted(), total=1 << 80)

    def too_long(self) -> None:
        first, end = self.wanted()
        self.content += bytes(1 << 20)
        self.send(first, end + 1000, place=f"bytes {first}-{end - 1}/{len(self.content)}")

    def compressed(self) -> None:
        self.send(*self.wanted(), Content_Encoding="gzip")

    def never_range(self) -> None:
        self.refuse(416)

    def changed(self) -> None:
        """Another version after the first request, from a server that heeds If-Match."""
        if self.earlier:
            self.tag = '"other"'
        self.plain()

    def changed_silently(self) -> None:
        self.send(*self.wanted(), tag=f'"{self.earlier}"')

    def changed_size(self) -> None:
        self.send(*self.wanted(), tag=None, total=len(self.content) + self.earlier)

    def shrunk(self) -> None:
        if self.earlier:
            return self.refuse(416, Content_Range="bytes */10")
        self.plain()

    def circle(self) -> None:
        self.refuse(302, Location=self.path)

    def elsewhere(self) -> None:
        self.refuse(302, Location="ftp://127.0.0.1/file")

    def file(self) -> None:
        self.refuse(302, Location="file:///etc/passwd")

    def downgrade(self) -> None:
        self.refuse(302, Location=f"http://127.0.0.1:9{self.path}")
