"""Real servers on loopback: PostgreSQL, redis and an S3, each in a folder of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def wait_for_port(port, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


@contextlib.contextmanager
def process(*command, **given):
    started = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **given
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def find_program(name, pattern):
    found = shutil.which(name) or next(iter(sorted(Path("/").glob(pattern))), None)
    return None if found is None else Path(found)


def postgres_program():
    return find_program("initdb", "usr/lib/postgresql/*/bin/initdb")


@contextlib.contextmanager
def postgres():
    """A server of its own; PostgreSQL refuses to be root, so then it runs as its own user."""
    programs = postgres_program().parent
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder, port = Path(name), free_port()
        as_user = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        subprocess.run(
            [*as_user, programs / "initdb", "-D", folder / "data", "-U", "melodyai",
             "--auth=trust", "--encoding=UTF8", "--no-sync"],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        server = [*as_user, programs / "postgres", "-D", folder / "data", "-p", str(port),
                  "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]  # fmt: skip
        with process(*map(str, server), cwd="/"):
            wait_for_port(port)
            _wait_for_postgres(port)
            yield port


def _wait_for_postgres(port):
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(f"postgresql://melodyai@127.0.0.1:{port}/postgres"):
                return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def new_database(port, name):
    """Make an empty database, and give its address."""
    import psycopg

    address = f"postgresql://melodyai@127.0.0.1:{port}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address}/{name}"


@contextlib.contextmanager
def redis():
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with process(*command, "--dir", folder) as server:
            wait_for_port(port)
            yield port, server


@contextlib.contextmanager
def s3():
    """An S3 of moto's, in a process of its own."""
    port = free_port()
    with process(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)):
        wait_for_port(port, 60)
        yield port
