/* multipart: multipart/form-data (RFC 7578, RFC 2046 5.1) taken apart as its bytes come, cut anywhere. Owns no descriptor, keeps at most one part's
 * head, takes linear time whatever comes.
 *
 * Stricter than RFC 2046: no preamble, nothing but white space as epilogue, lines of a head end in CRLF, no folded lines, no nested multipart,
 * no transfer encoding but 7bit, 8bit and binary (RFC 7578 4.7), and a line of the body that starts with the delimiter is the delimiter or an error
 * (senders must choose one that does not occur). */
#ifndef SANGDAM_CGI_MULTIPART_H
#define SANGDAM_CGI_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define MULTIPART_PARTS_MAX 16
#define MULTIPART_HEAD_MAX 8192 /* bytes of a part's head */
#define MULTIPART_NAME_MAX 64   /* bytes of a field's name */

struct multipart_part { /* lives until on_part returns */
    const char *name;      /* never empty */
    const char *file_name; /* as sent but for \" \\ %22 %0D %0A; NULL: an ordinary field. May hold NUL, controls and bytes that are no UTF-8 */
    size_t file_name_len;
};

/* Each returns false to stop: multipart_feed() then says MULTIPART_STOPPED. */
struct multipart_handler {
    bool (*on_part)(void *to, const struct multipart_part *part);
    bool (*on_data)(void *to, const char *bytes, size_t n); /* any number of times a part, n > 0 */
    bool (*on_part_end)(void *to);
};

/* The boundary parameter of a Content-Type into out. False when the type is not multipart/form-data or the boundary is missing, given twice, empty, too
 * long or holds characters that RFC 2046 does not allow. */
bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);

struct multipart;
/* handler and to must outlive it. NULL when memory is out. */
struct multipart *multipart_new(const char *boundary, const struct multipart_handler *handler, void *to);

enum multipart_result {
    MULTIPART_FINE,
    MULTIPART_MALFORMED, /* for good: 400 */
    MULTIPART_STOPPED,   /* by the handler, for good */
};
enum multipart_result multipart_feed(struct multipart *m, const char *bytes, size_t n);
/* True when the closing delimiter has come. */
bool multipart_is_whole(const struct multipart *m);
void multipart_free(struct multipart **m);

#endif
