"""A certificate authority of the test's own, with a server's and a client's certificate, made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files. The server's certificate is for `localhost`, and not for 127.0.0.1."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


def make_certificates(folder: Path) -> Certificates:
    """Valid for one day; elliptic curves, because making RSA keys takes a second each."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
             "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", authority_key, "-out", authority)  # fmt: skip
    for name, extension in (("server", "subjectAltName=DNS:localhost"), ("client", "extendedKeyUsage=clientAuth")):
        request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
        extensions.write_text(extension + "\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", request)  # fmt: skip
        _openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial",
                 "-days", "1", "-extfile", extensions, "-out", folder / f"{name}.pem")  # fmt: skip
    names = (folder / f"{name}.{ending}" for name in ("server", "client") for ending in ("pem", "key"))
    return Certificates(authority, *names)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
