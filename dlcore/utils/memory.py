"""Memory: what training frees in one step it needs again in the next."""

import sys

# glibc's names for two of its limits, from <malloc.h>, and what they are set to.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_IN_HEAP = 32 * 2**20  # bytes; glibc takes no more
KEPT = 2**30  # bytes at the end of the heap that may lie free

_done = False


def keep_freed_memory():
    """Ask the C library to keep freed memory for the next arrays. True if it does.

    Usually the memory of a large array goes back to the system as soon as it is freed, and the next array gets fresh
    pages, each of which the system first fills with zeros: at every step of training, for every large array. `fit`
    asks for this the first time it is called. It is not done on import, since it holds for the whole process; in a
    training loop of your own, call it once. Only glibc, the C library of most Linux systems, knows this setting;
    elsewhere nothing happens.
    """
    global _done
    if _done or not sys.platform.startswith("linux"):
        return _done
    try:
        import ctypes

        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  other C libraries have no such function
        set_limit = library.mallopt
        _done = bool(set_limit(M_MMAP_THRESHOLD, LARGEST_IN_HEAP) and set_limit(M_TRIM_THRESHOLD, KEPT))
    except (ImportError, OSError, AttributeError):
        _done = False
    return _done
