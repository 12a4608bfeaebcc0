"""What is said of bytes that are no picture."""

from edge.errors import EdgeError

USE = "use a JPEG, PNG, WebP or BMP picture"


class PictureError(EdgeError):
    """The bytes are no picture that can be used; one line, without the file's name (the caller knows it)."""
