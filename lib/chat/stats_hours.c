#include "lib/chat/stats_hours.h"

#include <stdlib.h>

#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"

struct opening {
    int32_t category_id; /* 0: for all */
    int weekday, open_minute, close_minute;
};
struct stats_hours {
    const struct zone *zone;
    size_t n;
    struct opening openings[];
};

struct stats_hours *stats_hours_read(struct db *db, const struct zone *zone)
{
    struct db_rows *rows = db_query(db, "SELECT category_id, weekday, open_minute, close_minute FROM business_hour", NULL, 0);
    size_t n = db_rows_count(rows);
    struct stats_hours *h = rows ? calloc(1, sizeof(*h) + n * sizeof(h->openings[0])) : NULL;

    for (size_t i = 0; h && i < n; i++)
        h->openings[i] = (struct opening){(int32_t)db_cell_int(rows, i, 0), (int)db_cell_int(rows, i, 1), (int)db_cell_int(rows, i, 2), (int)db_cell_int(rows, i, 3)};
    if (h) {
        h->zone = zone;
        h->n = n;
    }
    db_rows_free(&rows);
    return h;
}

void stats_hours_free(struct stats_hours **hours)
{
    free(*hours);
    *hours = NULL;
}

/* is_known_r: the category has hours of its own. */
static bool is_in(const struct stats_hours *h, int32_t category_id, int weekday, int minute, bool *is_known_r)
{
    bool is_open = false;

    *is_known_r = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct opening *o = &h->openings[i];

        if (o->category_id != category_id)
            continue;
        *is_known_r = true;
        is_open |= o->weekday == weekday && minute >= o->open_minute && minute < o->close_minute;
    }
    return is_open;
}

bool stats_hours_has(const struct stats_hours *h, int32_t category_id, int64_t wall_ms)
{
    int64_t local, day;
    struct code code;
    bool is_known = false, is_open = true;
    int weekday, minute;

    if (!h || h->n == 0)
        return true;
    local = wall_ms / 1000 + zone_offset(h->zone, wall_ms / 1000);
    day = local / 86400 - (local % 86400 < 0);
    weekday = (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday; 0 is Monday */
    minute = (int)((local - day * 86400) / 60);
    is_open = is_in(h, category_id, weekday, minute, &is_known);
    if (!is_known && code_by_id(category_id, &code) && code.pcode)
        is_open = is_in(h, code.pcode, weekday, minute, &is_known);
    if (!is_known)
        is_open = is_in(h, 0, weekday, minute, &is_known);
    return is_open || !is_known;
}
