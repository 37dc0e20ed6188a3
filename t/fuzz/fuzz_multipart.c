/* libFuzzer: the multipart parser. The input's first line is a Content-Type, the rest its body. It must say the same whole as cut, byte by byte, and
 * give no more data than came. */
#include "t/fuzz/fuzz.h"

#include "cgi/multipart.h"
#include "lib/base/buf.h"

struct said {
    struct buf text;
    size_t data, parts;
    bool in_part;
};

static bool on_part(void *to, const struct multipart_part *part)
{
    struct said *s = to;

    require(!s->in_part && part->name[0] && strlen(part->name) <= MULTIPART_NAME_MAX && part->file_name_len < MULTIPART_HEAD_MAX);
    s->in_part = true;
    s->parts++;
    buf_printf(&s->text, "\npart %s ", part->name);
    if (part->file_name)
        buf_add(&s->text, part->file_name, part->file_name_len);
    buf_add_char(&s->text, '\n');
    return strcmp(part->name, "stop") != 0;
}

static bool on_data(void *to, const char *bytes, size_t n)
{
    struct said *s = to;

    require(s->in_part && n > 0);
    s->data += n;
    buf_add(&s->text, bytes, n);
    return true;
}

static bool on_part_end(void *to)
{
    struct said *s = to;

    require(s->in_part);
    s->in_part = false;
    return true;
}

/* Every piece is a block of its own, freed at once. */
static void run(const char *boundary, const uint8_t *body, size_t n, size_t piece, struct said *s)
{
    static const struct multipart_handler handler = {on_part, on_data, on_part_end};
    struct multipart *m = multipart_new(boundary, &handler, s);
    enum multipart_result result = MULTIPART_FINE;

    require(m != NULL);
    for (size_t i = 0; i < n && result == MULTIPART_FINE; i += piece) {
        size_t len = n - i < piece ? n - i : piece;
        char *copy = fuzz_copy(body + i, len, false);

        result = multipart_feed(m, copy, len);
        free(copy);
    }
    buf_printf(&s->text, "\nresult %d whole %d", (int)result, multipart_is_whole(m));
    require(s->data <= n && s->parts <= MULTIPART_PARTS_MAX && (!multipart_is_whole(m) || !s->in_part));
    multipart_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = memchr(data, '\n', size);
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    struct said whole = {0}, cut = {0};
    char *type;

    if (!line_end)
        return 0;
    type = fuzz_copy(data, (size_t)(line_end - data), true);
    if (multipart_boundary(type, boundary)) {
        size_t n = size - (size_t)(line_end + 1 - data);

        require(boundary[0] && strlen(boundary) <= MULTIPART_BOUNDARY_MAX);
        run(boundary, line_end + 1, n, n + 1, &whole);
        run(boundary, line_end + 1, n, 1, &cut);
        require(whole.text.len == cut.text.len && memcmp(buf_str(&whole.text), buf_str(&cut.text), cut.text.len) == 0);
    }
    buf_free(&whole.text);
    buf_free(&cut.text);
    free(type);
    return 0;
}
