# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A web server for people with a certificate of the issuer, on a free port of 127.0.0.1, which it prints:

    https_server.py PKI TLSv1_2|TLSv1_3

Each page says who has come and how: `Hello Alice 9a over TLSv1.3`. It serves until it is ended.
"""
import http.server
import os
import ssl
import sys


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = [value for part in self.connection.getpeercert()["subject"] for key, value in part if key == "commonName"]
        body = ("<!DOCTYPE html><title>Hello</title><p>Hello %s over %s" % (names[0], self.connection.version())).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pki, version):
        super().__init__(("127.0.0.1", 0), Hello)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = ssl.TLSVersion[version]
        self.context.load_cert_chain(os.path.join(pki, "server.pem"), os.path.join(pki, "server.key"))
        self.context.load_verify_locations(os.path.join(pki, "ca.pem"))
        self.context.verify_mode = ssl.CERT_REQUIRED

    def finish_request(self, request, client_address):
        """In the connection's own thread, so that one who takes long over the PIN keeps no other waiting."""
        with self.context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)


with Server(sys.argv[1], sys.argv[2]) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
