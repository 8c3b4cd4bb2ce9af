"""A small HTTP service that tells who answers: version, container and machine; and whom: the address that the request came from.

/        who answers whom, in plain text
/health  200, or 500 while it is not well
Settings come from the environment: PORT (80), MACHINE (set it to {{.Node.Hostname}}), DELAY_MS (0), ERROR_PERCENT (0), GREETING.
"""

import os
import random
import signal
import socket
import sys
import threading
import time

VERSION = os.environ.get("VERSION", "1")
PORT = int(os.environ.get("PORT", "80"))
DELAY_MS = int(os.environ.get("DELAY_MS", "0"))
ERROR_PERCENT = int(os.environ.get("ERROR_PERCENT", "0"))
GREETING = os.environ.get("GREETING", "")
# Version 3 is the one with the bug: it starts, and is never well.
IS_BROKEN = VERSION == "3"


def who_answers(client):
    facts = {
        "version": VERSION,
        "container": socket.gethostname(),
        "machine": os.environ.get("MACHINE", "unknown"),
        "client": client,
    }
    if GREETING:
        facts["greeting"] = GREETING
    return "".join(f"{key}: {value}\n" for key, value in facts.items())


def answer(path, client):
    if path == "/health":
        return (500, "not well\n") if IS_BROKEN else (200, "well\n")
    time.sleep(DELAY_MS / 1000)
    if IS_BROKEN or random.randrange(100) < ERROR_PERCENT:
        return 500, "error\n" + who_answers(client)
    return 200, who_answers(client)


def serve(connection, client):
    with connection:
        connection.settimeout(10)
        request = b""
        while b"\r\n\r\n" not in request and len(request) < 16384:
            part = connection.recv(4096)
            if not part:
                return
            request += part
        words = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        path = words[1] if len(words) > 1 else "/"
        status, body = answer(path, client)
        print(f"{words[0]} {path} {status} client={client}", flush=True)
        reason = "OK" if status == 200 else "Internal Server Error"
        head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall((head + body).encode())


def serve_safely(connection, client):
    try:
        serve(connection, client)
    except OSError as error:
        print(f"connection lost: {error}", file=sys.stderr, flush=True)


def stop(_signal, _frame):
    print("SIGTERM: stopping", flush=True)
    # A task that ends with 0 while the swarm waits for it to be well counts as running for a moment: start-first may stop the old one.
    os._exit(1 if IS_BROKEN else 0)


def main():
    signal.signal(signal.SIGTERM, stop)
    listener = socket.create_server(("", PORT), backlog=128, reuse_port=False)
    print(f"whoami version {VERSION} listens on port {PORT}", flush=True)
    while True:
        connection, (client, _port) = listener.accept()
        threading.Thread(target=serve_safely, args=(connection, client), daemon=True).start()


main()
