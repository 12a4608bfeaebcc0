"""What these tests share with the others."""

from tests.conftest import model_path, root, shared

__all__ = ["model_path", "root", "shared"]
