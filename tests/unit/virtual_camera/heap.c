/* The kernel's memory for pictures (/dev/dma_heap), in ordinary memory (memfd): a fake, preloaded by scripts/test-picamera where
   the kernel has none. libcamera and picamera2 take it for real. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_anywhere(int folder, const char *path, int flags, va_list rest)
{
    static int (*real)(int, const char *, int, ...);
    if (path && strcmp(path, "/dev/dma_heap/linux,cma") == 0)
        return memfd_create("heap", MFD_CLOEXEC);
    if (!real)
        real = dlsym(RTLD_NEXT, "openat64");
    return real(folder, path, flags, flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0);
}

#define OPEN(name, parameter, folder) \
    int name(parameter const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        int opened = open_anywhere(folder, path, flags, rest); \
        va_end(rest); \
        return opened; \
    }
#define NOTHING
#define FOLDER int folder,
OPEN(open, NOTHING, AT_FDCWD)
OPEN(open64, NOTHING, AT_FDCWD)
OPEN(openat, FOLDER, folder)
OPEN(openat64, FOLDER, folder)

int ioctl(int descriptor, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if ((unsigned)request == (unsigned)DMA_HEAP_IOCTL_ALLOC) { /* Python gives it with its sign */
        struct dma_heap_allocation_data *wanted = argument;
        wanted->fd = memfd_create("buffer", MFD_CLOEXEC);
        return ftruncate(wanted->fd, wanted->len);
    }
    switch ((unsigned)request) {
    case (unsigned)DMA_BUF_IOCTL_SYNC:
    case (unsigned)DMA_BUF_SET_NAME_A:
    case (unsigned)DMA_BUF_SET_NAME_B:
        return 0;
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "ioctl");
    return real(descriptor, request, argument);
}
