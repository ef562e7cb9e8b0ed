# SPDX-License-Identifier: BSD-2-Clause
"""A time-stamping authority (RFC 3161) on loopback: `openssl ts -reply` behind HTTP."""

import http.server
import os
import subprocess
import threading

CONFIG = """
[tsa]
dir = {dir}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
certs = $dir/ca.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(directory, *words, **options):
    return subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True, **options).stdout


def make_ca(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN=Test {name}", "-days", "30")


class Authority:
    """ca: the file of its CA. wrong: what it answers is of another question, or none."""

    def __init__(self, directory):
        self.directory = directory
        self.wrong = None
        make_ca(directory, "ca")
        openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key",
                "-out", "tsa.csr", "-subj", "/CN=Test TSA")
        with open(os.path.join(directory, "extensions"), "w", encoding="ascii") as file:
            file.write("extendedKeyUsage = critical,timeStamping\n")
        openssl(directory, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "tsa.pem", "-days", "30", "-extfile", "extensions")
        with open(os.path.join(directory, "tsa.cnf"), "w", encoding="ascii") as file:
            file.write(CONFIG.format(dir=directory))
        with open(os.path.join(directory, "serial"), "w", encoding="ascii") as file:
            file.write("01\n")

    @property
    def ca(self):
        return os.path.join(self.directory, "ca.pem")

    def reply(self, query):
        with open(os.path.join(self.directory, "query"), "wb") as file:
            file.write(query)
        return openssl(self.directory, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query")

    def __enter__(self):
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                is_query = self.headers["Content-Type"] == "application/timestamp-query"
                body = authority.wrong(query) if authority.wrong else authority.reply(query)
                self.send_response(200 if is_query else 415)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/"
