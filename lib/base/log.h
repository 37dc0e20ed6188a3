/* log: one event, one line, `time level program[pid] event key=value ...`, control characters escaped, at most 2 KiB.
 * Never message bodies, tokens, cookies or passwords. A log that can't be written (disk full) is counted, never fatal.
 * Thread-safe. */
#ifndef SANGDAM_BASE_LOG_H
#define SANGDAM_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN /* we coped */, LOG_ERROR /* somebody lost something */, LOG_FATAL /* can't start */ };

/* program: static string. Lines go to standard error, which the keeper or systemd points at a file. */
void log_start(const char *program, enum log_level least);
void log_set_level(enum log_level least);
/* False when a line of that level would not be written: for who must work to make one. */
bool log_is_on(enum log_level level);
/* format is the event and its key=value pairs; values that came from outside go through log_value(). */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Escapes a value from outside into a per-thread ring of 4 buffers, at most 200 bytes. */
const char *log_value(const char *s);
/* Lines that could not be written. */
uint64_t log_lost(void);

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_fatal(...) log_line(LOG_FATAL, __VA_ARGS__)

#endif
