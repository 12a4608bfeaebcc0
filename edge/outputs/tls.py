"""The TLS side of a connection to the broker."""

import re
import ssl

from edge.config import MqttConfig, TlsConfig

_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1|\[::1\]")


class _Tidy(ssl.SSLSocket):
    """Closes its descriptor when the handshake fails; paho does not."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:  # also after an interrupt
            self.close()
            raise


def tls_context(config: TlsConfig) -> ssl.SSLContext:
    """A context that checks the broker's certificate against `ca_file` (else the system's) and presents ours, if any.

    `insecure` skips only the check of the host name; a self-signed certificate is given as `ca_file`. Raises ValueError
    with one line that names the key and the file.
    """
    for key in ("ca_file", "cert_file", "key_file"):
        path = getattr(config, key)
        if path is not None and path.exists() and not path.is_file():  # reading a pipe would block
            raise ValueError(f"mqtt.tls.{key} {path}: not a file")
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        raise ValueError(f"mqtt.tls.ca_file {config.ca_file}: {_file_trouble(error)}") from error
    context.sslsocket_class = _Tidy
    if config.cert_file is not None:
        try:
            context.load_cert_chain(config.cert_file, config.key_file, password=_no_passphrase)
        except (OSError, ValueError) as error:
            files = f"mqtt.tls.cert_file {config.cert_file} with key_file {config.key_file}"
            raise ValueError(f"{files}: {_file_trouble(error)}") from error
    context.check_hostname = not config.insecure
    return context


def unprotected_password(config: MqttConfig) -> str:
    """One line where the password is readable on the network; else empty."""
    if config.password is None or config.tls.enabled or _LOOPBACK.fullmatch(config.host):
        return ""
    return (f"the broker's password goes to {config.host}:{config.port} unencrypted: whoever listens there has it; "
            "mqtt.tls.enabled with the broker's TLS port protects it")  # fmt: skip


def _file_trouble(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"not a usable PEM file ({error.reason or error})"
    return str(getattr(error, "strerror", None) or error)


def _no_passphrase() -> str:
    """Without it OpenSSL asks for the passphrase on the terminal and waits."""
    raise ValueError("the key is locked by a passphrase; it must be without one")
