"""A machine in the network of a traffic test that speaks SCTP, which Node does not.

Each line of standard input is a call: {"method": "connect", "parameters": [...]}. Each is answered with a line:
{"value": ...} or {"error": "..."}. The first line out says that it is ready; the end of the input ends it.
"""

import errno
import json
import socket
import sys
import threading

PATIENCE = 20  # seconds

name = sys.argv[1]
connections = {}
last_port = 10_000


def open_socket(address, port):
    """A socket with this one address: with several, the other side would use them all."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address, port))
    return opened


def endpoint(address):
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def serve(kind, at):
    listener = open_socket(at["address"], at["port"])
    listener.listen()
    threading.Thread(target=accept, args=(listener,), daemon=True).start()


def accept(listener):
    while True:
        connection, caller = listener.accept()
        threading.Thread(target=answer, args=(connection, caller), daemon=True).start()


def answer(connection, caller):
    greeting = {"server": name, "from": endpoint(caller), "at": endpoint(connection.getsockname())}
    with connection:
        connection.sendall(json.dumps(greeting).encode() + b"\n")
        while data := connection.recv(65536):
            connection.sendall(data)


def connect(caller, to):
    global last_port
    last_port += 1
    connection = open_socket(caller, last_port)
    connection.settimeout(PATIENCE)
    try:
        connection.connect((to["address"], to["port"]))
        line = b""
        while not line.endswith(b"\n"):
            line += receive(connection)
    except OSError as error:
        return {"error": errno.errorcode.get(error.errno, str(error))}
    connections[last_port] = connection
    return {**json.loads(line), "connection": last_port}


def echo(port, size):
    sent = bytes(index * port % 256 for index in range(size))
    connections[port].sendall(sent)
    back = b""
    while len(back) < size:
        back += receive(connections[port])
    return next((index for index in range(size) if back[index] != sent[index]), len(back))


def receive(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError(errno.ECONNRESET, "ended early")
    return data


def hang_up(port):
    connections.pop(port).close()  # the goodbyes follow by themselves


methods = {"serve": serve, "connect": connect, "echo": echo, "hangUp": hang_up}


def reply(**fields):
    print(json.dumps(fields), flush=True)


reply()
for line in sys.stdin:
    call = json.loads(line)
    try:
        reply(value=methods[call["method"]](*call["parameters"]))
    except Exception as error:
        reply(error=str(error))
