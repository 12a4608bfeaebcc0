"""The C library's heap, told to give large blocks back."""

import ctypes
import logging

log = logging.getLogger(__name__)

#: Of <malloc.h>.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 1 << 20  # a frame of 640×480 in colour stays below: its memory is used again and again
_SPARE_BYTES = 1 << 20
_ARENAS = 2  # heaps; else every thread of the page gets one, and keeps it


def return_large_blocks() -> None:
    """Lets blocks of a mebibyte and more go back to the system as soon as they are freed; once, before threads start.

    Of itself glibc learns from the first large photo to keep such blocks in its heaps, one a thread, where smaller
    ones then hold them. With this, fourteen photos of 16 megapixels sent to the page leave 2 MiB more resident
    (`scripts/bench -k photos` holds it). Does nothing where the C library has no mallopt.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        log.debug("no mallopt here; large photos may leave memory behind")
        return
    mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    mallopt(_M_TRIM_THRESHOLD, _SPARE_BYTES)
    mallopt(_M_ARENA_MAX, _ARENAS)
