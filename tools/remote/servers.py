"""Servers with certificates: our own, and nginx."""

import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable

from faulty_server import FaultyServer


class Skipped(Exception):
    """A program that is not installed."""


def required(program: str, package: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        raise Skipped(f"{program} is not installed ({package})")
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not answer")


def make_certificates(folder: pathlib.Path) -> tuple[str, str, str]:
    """An authority, and a certificate of 127.0.0.1: the files of the authority, the certificate and its key."""
    openssl = required("openssl", "Debian: openssl")
    paths = {name: str(folder / name) for name in ("ca.pem", "ca.key", "server.pem", "server.key", "request.pem", "names")}
    pathlib.Path(paths["names"]).write_text("subjectAltName=IP:127.0.0.1\n")
    for command in (
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test authority", "-keyout",
         paths["ca.key"], "-out", paths["ca.pem"]],
        ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", paths["server.key"], "-out",
         paths["request.pem"]],
        ["x509", "-req", "-in", paths["request.pem"], "-CA", paths["ca.pem"], "-CAkey", paths["ca.key"], "-set_serial", "7",
         "-days", "2", "-extfile", paths["names"], "-out", paths["server.pem"]],
    ):  # fmt: skip
        subprocess.run([openssl, *command], check=True, capture_output=True)
    return paths["ca.pem"], paths["server.pem"], paths["server.key"]


def certificates(bench: object, read_everything: Callable) -> None:
    """A certificate is accepted only with its authority, and no redirect leaves https."""
    folder = bench.folder / "certificates"
    folder.mkdir()
    authority, certificate, key = make_certificates(folder)
    server = FaultyServer(bench.folder, (certificate, key))
    try:
        url = f"{server.url}/plain/snapshot-5.h5"
        done = bench.run("inspect", url)
        bench.expect("unknown authority", done.returncode == 74 and "CURL_CA_BUNDLE" in done.stderr, done.stderr)
        done = bench.run("inspect", url.replace("127.0.0.1", "localhost"), CURL_CA_BUNDLE=authority)
        bench.expect("another host", done.returncode == 74 and "CURL_CA_BUNDLE" in done.stderr, done.stderr)
        for variable in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE"):
            bench.same(variable, f"{server.url}/plain", ["inspect"], ["snapshot-5.h5"], **{variable: authority})
        done = bench.run("inspect", f"{server.url}/downgrade/snapshot-5.h5", CURL_CA_BUNDLE=authority)
        bench.expect("from https to http", done.returncode == 74 and "not followed" in done.stderr, done.stderr)
        read_everything(bench, "https", f"{server.url}/plain", CURL_CA_BUNDLE=authority)
    finally:
        server.close()


def nginx(bench: object, read_everything: Callable) -> None:
    program = required("nginx", "Debian: nginx-light")
    folder = bench.folder / "nginx"
    folder.mkdir()
    authority, certificate, key = make_certificates(folder)
    plain, secure = free_port(), free_port()
    # The workers run as another user if the test runs as root.
    bench.folder.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(f"""
{"user root;" if pathlib.Path("/root").owner() == pathlib.Path("/proc/self").owner() else ""}
daemon off; pid {folder}/pid; error_log {folder}/errors.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{plain};
    listen 127.0.0.1:{secure} ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {bench.folder};
    location /unranged/ {{ max_ranges 0; alias {bench.folder}/; }}
  }}
}}
""")
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        wait_for(plain, process)
        read_everything(bench, "nginx", f"http://127.0.0.1:{plain}")
        read_everything(bench, "nginx with TLS", f"https://127.0.0.1:{secure}", CURL_CA_BUNDLE=authority)
        done = bench.run("inspect", f"http://127.0.0.1:{plain}/unranged/snapshot-5.h5")
        bench.expect("nginx without ranges", done.returncode == 74 and "ignores ranges" in done.stderr, done.stderr)
        done = bench.run("inspect", f"http://127.0.0.1:{plain}/missing.h5")
        bench.expect("nginx without the file", done.returncode == 66, done.stderr)
    finally:
        process.terminate()
        process.wait()
