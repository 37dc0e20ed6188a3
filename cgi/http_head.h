/* http_head: the pieces of a request's head, each read by a pure function: path, Content-Length. */
#ifndef SANGDAM_CGI_HTTP_HEAD_H
#define SANGDAM_CGI_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum path_read { PATH_FINE, PATH_MALFORMED /* 400 */, PATH_ABSENT /* 404: nothing of ours is written so */ };
/* The path of a request target (up to '?' or '#') percent-decoded into out (HTTP_PATH_MAX + 1 bytes). Malformed: a wrong escape, NUL or another control, bytes
 * that are no UTF-8. Absent: too long, empty or dot segments, ';', '\', an escaped '/': nginx and we must never see two paths in one. */
enum path_read head_read_path(const char *target, char *out);
/* -1 for NULL or ""; -2 when it is not digits alone or above 2^53. */
int64_t head_read_length(const char *text);

#endif
