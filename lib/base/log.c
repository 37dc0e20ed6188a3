#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"

#define LINE_MAX_BYTES 2048
#define VALUE_MAX_BYTES 200
#define VALUE_RING 4

static const char *program_name = "sangdam";
static atomic_int least_level = LOG_INFO;
static atomic_uint_fast64_t lost;

void log_start(const char *program, enum log_level least)
{
    program_name = program;
    log_set_level(least);
}

void log_set_level(enum log_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

uint64_t log_lost(void)
{
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "fatal"};

    return names[level];
}

/* True for a character that may stand in a line as it is. C0 and C1 controls end lines or steer terminals; the invisible
 * and direction-changing ones make a line read as something else. */
static bool is_plain(const char *s, size_t len, uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
        return false;
    return cp == ' ' || !utf8_is_blank(s, len);
}

/* The size of the character at s, 0 when the byte there begins no valid one. */
static size_t char_size(const char *s, size_t n)
{
    size_t len;

    utf8_decode(s, n, &len);
    return utf8_is_valid(s, len) ? len : 0;
}

/* Copies s to out with what isn't plain written as \xNN, never cutting a character or an escape; returns the length.
 * A value also gets its backslashes and quotes escaped, so that it can be read back; a line's own text was written by us,
 * and the values in it have been through here. */
static size_t escape(const char *s, size_t n, char *out, size_t room, bool is_value)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;

    for (size_t i = 0; i < n;) {
        size_t len = char_size(s + i, n - i), ignored;
        bool plain = len && is_plain(s + i, len, utf8_decode(s + i, len, &ignored));
        bool quoted = is_value && (s[i] == '\\' || s[i] == '"');
        size_t bytes = len ? len : 1;
        size_t need = plain ? bytes + quoted : 4 * bytes;

        if (need > room - used)
            break;
        if (plain) {
            if (quoted)
                out[used++] = '\\';
            memcpy(out + used, s + i, bytes);
            used += bytes;
        } else {
            for (size_t k = 0; k < bytes; k++) {
                unsigned char c = (unsigned char)s[i + k];

                out[used++] = '\\';
                out[used++] = 'x';
                out[used++] = hex[c >> 4];
                out[used++] = hex[c & 15];
            }
        }
        i += bytes;
    }
    return used;
}

const char *log_value(const char *s)
{
    static _Thread_local char ring[VALUE_RING][VALUE_MAX_BYTES + 1];
    static _Thread_local unsigned int turn;
    char *out = ring[turn++ % VALUE_RING];
    size_t n, used = 0;
    bool quotes;

    if (!s)
        return "-";
    n = strnlen(s, VALUE_MAX_BYTES + 4); /* more than fits, so that no character is seen cut */
    quotes = n == 0 || memchr(s, ' ', n) || memchr(s, '=', n) || memchr(s, '"', n);
    if (quotes)
        out[used++] = '"';
    used += escape(s, n, out + used, VALUE_MAX_BYTES - 2, true);
    if (quotes)
        out[used++] = '"';
    out[used] = '\0';
    return out;
}

/* One write a line, so that lines of several threads and processes don't mix. A pipe whose reader stands still must not
 * stop a program that merely wants to log: what finds no room at once is counted and dropped. */
static void write_line(const char *line, size_t n)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t done = -1;

    if (poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT)) {
        do
            done = write(STDERR_FILENO, line, n);
        while (done < 0 && errno == EINTR);
    }
    if (done != (ssize_t)n)
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void log_line(enum log_level level, const char *format, ...)
{
    int saved = errno;
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES], time[CLOCK_TEXT_SIZE];
    size_t used, n;
    va_list ap;
    int r;

    if (!log_is_on(level))
        return;
    clock_rfc3339(clock_wall_ms(), time);
    used = (size_t)snprintf(line, sizeof(line) / 2, "%s %s %.64s[%ld] ", time, level_name(level), program_name, (long)getpid());
    va_start(ap, format);
    r = vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (r < 0)
        text[0] = '\0';
    n = strlen(text);
    used += escape(text, n, line + used, sizeof(line) - used - 1, false);
    line[used++] = '\n';
    write_line(line, used);
    errno = saved;
}
