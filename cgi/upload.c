/* upload: see upload.h. */
#include "cgi/upload.h"

#include <string.h>
#include <strings.h>

#include "cgi/form.h"
#include "cgi/multipart.h"
#include "lib/base/utf8.h"
#include "lib/chat/config.h"

#define PIECE_SIZE 16384
#define BESIDE_FILE_MAX 65536 /* bytes of delimiters, heads and fields */

struct reader {
    struct request *q;
    struct upload_body *body;
    struct refusal *refusal; /* filled when a callback stopped */
    struct buf *field;       /* where the present part goes; NULL: file, or ignored */
    size_t field_max;
    const char *field_name;
    bool is_file;
};

static bool stop(struct reader *r, int status, const char *message, const char *field)
{
    refuse_field(r->refusal, status, CODE_INPUT, message, field);
    return false;
}

static bool begin_file(struct reader *r, const struct multipart_part *part)
{
    if (!part->file_name)
        return stop(r, 400, "The part file must be a file.", "file");
    if (r->body->file)
        return stop(r, 400, "A field was sent twice.", "file");
    r->is_file = true;
    r->body->file = upload_begin(r->q->config, part->file_name, part->file_name_len, r->refusal);
    return r->body->file != NULL;
}

static bool begin_field(struct reader *r, const struct multipart_part *part)
{
    const struct {
        const char *name;
        struct buf *to;
        bool *has;
        size_t max;
    } fields[] = {
        {"content", &r->body->content, &r->body->has_content, 32768},
        {"clientMessageId", &r->body->client_id, &r->body->has_client_id, 256},
        {"csrfToken", &r->body->csrf, &r->body->has_csrf, 256},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(part->name, fields[i].name) != 0)
            continue;
        if (part->file_name)
            return stop(r, 400, "Only the part file may be a file.", fields[i].name);
        if (*fields[i].has)
            return stop(r, 400, "A field was sent twice.", fields[i].name);
        *fields[i].has = true;
        r->field = fields[i].to;
        r->field_max = fields[i].max;
        r->field_name = fields[i].name;
        return true;
    }
    return (!part->file_name && form_is_tolerated(part->name)) || stop(r, 400, "An unknown field was sent.", NULL);
}

static bool on_part(void *to, const struct multipart_part *part)
{
    struct reader *r = to;

    r->is_file = false;
    r->field = NULL;
    return strcmp(part->name, "file") == 0 ? begin_file(r, part) : begin_field(r, part);
}

static bool on_data(void *to, const char *bytes, size_t n)
{
    struct reader *r = to;

    if (r->is_file)
        return upload_feed(r->body->file, bytes, n, r->refusal);
    if (!r->field)
        return true;
    if (n > r->field_max - r->field->len)
        return stop(r, 422, "A text is too long.", r->field_name);
    buf_add(r->field, bytes, n);
    return true;
}

static bool on_part_end(void *to)
{
    struct reader *r = to;
    const struct buf *f = r->field;

    if (!f || (utf8_is_valid(buf_str(f), f->len) && !memchr(buf_str(f), '\0', f->len)))
        return true;
    return stop(r, 400, "The text is not valid UTF-8.", r->field_name);
}

/* Feeds the parser with all that comes. */
static bool read_all(struct reader *r, struct multipart *parser)
{
    char piece[PIECE_SIZE];
    size_t got = 0;

    do {
        if (!http_read_some(r->q, piece, sizeof(piece), &got))
            return stop(r, 400, "The body is shorter than Content-Length says.", NULL);
        switch (multipart_feed(parser, piece, got)) {
        case MULTIPART_FINE:
            break;
        case MULTIPART_MALFORMED:
            return stop(r, 400, "The multipart body is malformed.", NULL);
        case MULTIPART_STOPPED:
            return false;
        }
    } while (got > 0);
    if (!multipart_is_whole(parser))
        return stop(r, 400, "The multipart body is malformed.", NULL);
    return r->body->file || stop(r, 400, "A field is missing.", "file");
}

bool upload_body_read(struct request *q, struct upload_body *body_r, struct refusal *refusal_r)
{
    static const struct multipart_handler handler = {on_part, on_data, on_part_end};
    static const char type[] = "multipart/form-data";
    struct reader r = {.q = q, .body = body_r, .refusal = refusal_r};
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    struct multipart *parser;
    bool is_read;

    *body_r = (struct upload_body){0};
    if (strncasecmp(q->content_type, type, strlen(type)) != 0)
        return stop(&r, 415, "The body must be multipart/form-data.", NULL);
    if (!multipart_boundary(q->content_type, boundary))
        return stop(&r, 400, "The boundary of the multipart body is malformed.", NULL);
    if (q->content_length > q->config->upload_max + BESIDE_FILE_MAX)
        return stop(&r, 413, "The file is too big.", "file");
    parser = multipart_new(boundary, &handler, &r);
    if (!parser) {
        refuse(refusal_r, 503, CODE_SERVER, "The service is away for a moment. Please try again.");
        return false;
    }
    is_read = read_all(&r, parser);
    multipart_free(&parser);
    return is_read;
}

void upload_body_clear(struct upload_body *body)
{
    upload_abort(&body->file);
    buf_free(&body->content);
    buf_free(&body->client_id);
    buf_free(&body->csrf);
}
