/* Records in which order a process writes and syncs the files of one folder (LD_PRELOAD); it changes nothing.
 *
 * SOAK_FOLDER names the folder, SOAK_TRACE the file that gets one record per event: operation, number of the file,
 * offset, length, then the bytes that were written. A sync is recorded before it begins and after it has returned:
 * only what was recorded before the beginning is safe, and only from the return on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { FILES = 64, NAME = 256, DESCRIPTORS = 4096 };
enum { FOLDER = 0 };

struct record {
    char op;
    uint8_t file;
    uint16_t rest;
    uint32_t length;
    int64_t offset;
} __attribute__((packed));

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static char names[FILES][NAME];
static int known = 1, trace = -1, ready;
static unsigned char held[DESCRIPTORS]; /* number of the file + 1; 0 = none of ours */
static const char *folder;

#define REAL(type, name, ...)                                                                                          \
    static type (*real)(__VA_ARGS__);                                                                                  \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t raw_write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, data, size);
}

static void begin(void) {
    if (ready) return;
    ready = 1;
    folder = getenv("SOAK_FOLDER");
    const char *path = getenv("SOAK_TRACE");
    if (!folder || !path) return;
    REAL(int, "open64", const char *, int, ...);
    trace = real(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(char op, int file, int64_t offset, const void *data, uint32_t length) {
    struct record one = {op, (uint8_t)file, 0, length, offset};
    pthread_mutex_lock(&door);
    raw_write(trace, &one, sizeof one);
    if (data && length) raw_write(trace, data, length);
    pthread_mutex_unlock(&door);
}

static int number_of(const char *path) {
    begin();
    if (trace < 0 || !path) return -1;
    size_t size = strlen(folder);
    if (strncmp(path, folder, size)) return -1;
    if (!path[size] || !strcmp(path + size, "/")) return FOLDER;
    const char *name = path + size + 1;
    size_t end = strlen(name);
    /* Shared memory is rebuilt after a crash and never read before. */
    if (strchr(name, '/') || end >= NAME || (end > 4 && !strcmp(name + end - 4, "-shm"))) return -1;
    for (int file = 1; file < known; file++)
        if (!strcmp(names[file], name)) return file;
    if (known == FILES) abort();
    strcpy(names[known], name);
    note('N', known, 0, name, (uint32_t)end);
    return known++;
}

static int opened(int fd, const char *path, int flags) {
    if (fd < 0 || fd >= DESCRIPTORS) return fd;
    int file = number_of(path);
    held[fd] = (unsigned char)(file + 1);
    if (file > FOLDER && flags & O_TRUNC) note('T', file, 0, NULL, 0);
    return fd;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        REAL(int, #name, const char *, int, ...);                                                                      \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        return opened(real(path, flags, mode), path, flags);                                                           \
    }
OPEN(open)
OPEN(open64)

#define WRITE_AT(name, type)                                                                                           \
    ssize_t name(int fd, const void *data, size_t size, type at) {                                                     \
        REAL(ssize_t, #name, int, const void *, size_t, type);                                                         \
        if (fd >= 0 && fd < DESCRIPTORS && held[fd] > 1) note('W', held[fd] - 1, at, data, (uint32_t)size);            \
        return real(fd, data, size, at);                                                                               \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    if (fd >= 0 && fd < DESCRIPTORS && held[fd] > 1) note('W', held[fd] - 1, lseek64(fd, 0, SEEK_CUR), data, (uint32_t)size);
    return raw_write(fd, data, size);
}

#define CUT(name, type)                                                                                                \
    int name(int fd, type size) {                                                                                      \
        REAL(int, #name, int, type);                                                                                   \
        if (fd >= 0 && fd < DESCRIPTORS && held[fd] > 1) note('T', held[fd] - 1, size, NULL, 0);                       \
        return real(fd, size);                                                                                         \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(name)                                                                                                     \
    int name(int fd) {                                                                                                 \
        REAL(int, #name, int);                                                                                         \
        int ours = fd >= 0 && fd < DESCRIPTORS && held[fd];                                                            \
        if (ours) note('B', held[fd] - 1, 0, NULL, 0);                                                                 \
        int done = real(fd);                                                                                           \
        if (ours && !done) note('E', held[fd] - 1, 0, NULL, 0);                                                        \
        return done;                                                                                                   \
    }
SYNC(fsync)
SYNC(fdatasync)

int close(int fd) {
    REAL(int, "close", int);
    if (fd >= 0 && fd < DESCRIPTORS) held[fd] = 0;
    return real(fd);
}
