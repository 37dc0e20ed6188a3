#include "lib/chat/db_many.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/buf.h"

static char *write_text(const struct db_many *list, size_t size)
{
    struct buf b = BUF_INIT;
    size_t i;

    buf_add_str(&b, list->before);
    for (i = 0; i < size; i++) {
        if (i)
            buf_add_char(&b, ',');
        buf_add_str(&b, list->item);
    }
    buf_add_str(&b, list->behind);
    if (buf_failed(&b)) {
        buf_free(&b);
        return NULL;
    }
    return buf_take(&b);
}

const char *db_many_sql(struct db_many *list, size_t n, size_t *size_r)
{
    const char *text, *first = NULL;
    size_t size = 1;
    int which = 0;

    while (size < n) {
        size *= 2;
        which++;
    }
    *size_r = size;
    text = atomic_load_explicit(&list->text[which], memory_order_acquire);
    if (text)
        return text;
    text = write_text(list, size);
    if (text && !atomic_compare_exchange_strong(&list->text[which], &first, text)) { /* another thread was first */
        free((char *)(uintptr_t)text);
        return first;
    }
    return text;
}
