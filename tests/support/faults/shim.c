/* Lets a call to the file system fail, as a full or broken disk does, or kills the process there.
 *
 * Loaded by LD_PRELOAD. Calls count from 1, of all kinds together, where their path lies in one of the watched folders. Everything
 * is set from inside the process, through ctypes: see shim.py, which also says what the numbers mean.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FOLDERS = 8, SHORT = 2, FAIL = 1 };

static char folders[MAX_FOLDERS][PATH_MAX];
static int folder_count, journal = -1;
static long calls, at;
static int error_number, lasting, halved, pending;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void faults_watch(const char *colon_list, const char *journal_file) {
    char list[PATH_MAX * MAX_FOLDERS];
    snprintf(list, sizeof list, "%s", colon_list);
    folder_count = 0;
    for (char *part = strtok(list, ":"); part && folder_count < MAX_FOLDERS; part = strtok(NULL, ":"))
        snprintf(folders[folder_count++], PATH_MAX, "%s", part);
    calls = 0, at = 0, pending = 0;
    journal = journal_file ? (int)syscall(SYS_openat, AT_FDCWD, journal_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

/* number 0 kills. */
void faults_arm(long call, int number, int from_then_on, int half) {
    at = call, error_number = number, lasting = from_then_on, halved = half, pending = 0;
}

static int watched(const char *path) {
    for (int i = 0; i < folder_count; i++) {
        size_t length = strlen(folders[i]);
        if (!strncmp(path, folders[i], length) && (path[length] == '/' || !path[length])) return 1;
    }
    return 0;
}

static const char *path_of_fd(int fd, char *into) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, into, PATH_MAX - 1);
    into[length < 0 ? 0 : length] = 0;
    return into;
}

static const char *path_at(int directory, const char *path, char *into) {
    char base[PATH_MAX];
    if (path[0] == '/') return path;
    if (directory == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return path;
    } else {
        path_of_fd(directory, base);
    }
    snprintf(into, PATH_MAX, "%s/%s", base, path);
    return into;
}

/* A full disk still removes, shortens and renames; a broken one does nothing any more. */
static int hit_later(const char *kind) {
    if (error_number != ENOSPC) return 1;
    return !strcmp(kind, "write") || !strcmp(kind, "fsync") || !strcmp(kind, "create") || !strcmp(kind, "mkdir");
}

static int hit(const char *kind, const char *path) {
    int what = 0;
    if (!folder_count || !watched(path)) return 0;
    pthread_mutex_lock(&lock);
    long call = ++calls;
    if (journal >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", call, kind, path);
        syscall(SYS_write, journal, line, length);
    }
    if (at && call == at) {
        if (!error_number) kill(getpid(), SIGKILL);
        what = halved && !strcmp(kind, "write") ? SHORT : FAIL;
        pending = what == SHORT;
    } else if (at && call > at && (pending || (lasting && hit_later(kind)))) {
        what = FAIL;
        pending = 0;
    }
    pthread_mutex_unlock(&lock);
    if (what == FAIL) errno = error_number;
    return what;
}

static int hit_fd(const char *kind, int fd) {
    char path[PATH_MAX];
    return folder_count ? hit(kind, path_of_fd(fd, path)) : 0;
}

static int hit_at(const char *kind, int directory, const char *path) {
    char full[PATH_MAX];
    return folder_count ? hit(kind, path_at(directory, path, full)) : 0;
}

#define ON_FD(type, name, parameters, arguments, kind)            \
    type name parameters {                                       \
        if (hit_fd(kind, fd) == FAIL) return -1;                 \
        return REAL(name) arguments;                             \
    }

ssize_t write(int fd, const void *buffer, size_t count) {
    int what = hit_fd("write", fd);
    if (what == FAIL) return -1;
    return REAL(write)(fd, buffer, what == SHORT && count > 1 ? count / 2 : count);
}

ON_FD(ssize_t, pwrite, (int fd, const void *buffer, size_t count, off_t offset), (fd, buffer, count, offset), "write")
ON_FD(ssize_t, pwrite64, (int fd, const void *buffer, size_t count, off64_t offset), (fd, buffer, count, offset), "write")
ON_FD(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), "write")
ON_FD(ssize_t, sendfile, (int fd, int from, off_t *offset, size_t count), (fd, from, offset, count), "write")
ON_FD(ssize_t, sendfile64, (int fd, int from, off64_t *offset, size_t count), (fd, from, offset, count), "write")
ON_FD(int, fsync, (int fd), (fd), "fsync")
ON_FD(int, fdatasync, (int fd), (fd), "fsync")
ON_FD(int, ftruncate, (int fd, off_t length), (fd, length), "truncate")
ON_FD(int, ftruncate64, (int fd, off64_t length), (fd, length), "truncate")

#define ON_PATH(name, parameters, arguments, kind, directory)        \
    int name parameters {                                           \
        if (hit_at(kind, directory, path) == FAIL) return -1;       \
        return REAL(name) arguments;                                \
    }

/* What is there already is not made, so that it needs no room. */
#define MAKING(name, parameters, arguments, directory)                                                         \
    int name parameters {                                                                                      \
        if (faccessat(directory, path, F_OK, 0) && hit_at("mkdir", directory, path) == FAIL) return -1;        \
        return REAL(name) arguments;                                                                           \
    }

ON_PATH(rename, (const char *path, const char *to), (path, to), "rename", AT_FDCWD)
ON_PATH(renameat, (int directory, const char *path, int other, const char *to), (directory, path, other, to), "rename", directory)
ON_PATH(unlink, (const char *path), (path), "unlink", AT_FDCWD)
ON_PATH(unlinkat, (int directory, const char *path, int flags), (directory, path, flags), "unlink", directory)
ON_PATH(rmdir, (const char *path), (path), "unlink", AT_FDCWD)
ON_PATH(truncate, (const char *path, off_t length), (path, length), "truncate", AT_FDCWD)
ON_PATH(truncate64, (const char *path, off64_t length), (path, length), "truncate", AT_FDCWD)
MAKING(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
MAKING(mkdirat, (int directory, const char *path, mode_t mode), (directory, path, mode), directory)

/* Of the openings only those count that make a file. */
#define OPENING(name, parameters, directory, arguments)                                              \
    int name parameters {                                                                            \
        mode_t mode = 0;                                                                             \
        if (flags & O_CREAT) {                                                                       \
            va_list rest;                                                                            \
            va_start(rest, flags);                                                                   \
            mode = va_arg(rest, mode_t);                                                             \
            va_end(rest);                                                                            \
            if (faccessat(directory, path, F_OK, 0) && hit_at("create", directory, path) == FAIL) return -1; \
        }                                                                                            \
        return REAL(name) arguments;                                                                 \
    }

OPENING(open, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENING(openat, (int directory, const char *path, int flags, ...), directory, (directory, path, flags, mode))
OPENING(openat64, (int directory, const char *path, int flags, ...), directory, (directory, path, flags, mode))
