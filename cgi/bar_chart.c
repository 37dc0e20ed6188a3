/* bar_chart: see bar_chart.h. The box is 1000 x 200 units; its top is the first of 2, 4, 10, 20, 40, 100 ... that holds all. */
#include "cgi/bar_chart.h"

#include <stdbool.h>

#include "cgi/page.h"
#include "lib/base/buf.h"

#define BOX_WIDTH 1000
#define BOX_HEIGHT 200

static int64_t top_of(int64_t largest)
{
    static const int64_t steps[] = {2, 4, 10};
    for (int64_t scale = 1; scale < INT64_MAX / 100; scale *= 10)
        for (size_t i = 0; i < 3; i++)
            if (steps[i] * scale >= largest)
                return steps[i] * scale;
    return largest;
}

static int64_t height_of(int64_t value, int64_t top)
{
    int64_t height = value * BOX_HEIGHT / top;
    return height == 0 && value > 0 ? 1 : height;
}

static void put_before(struct json_object *bar, double room, size_t i, int64_t value, int64_t top)
{
    struct json_object *o = json_object_new_object();
    int64_t height = height_of(value, top);
    page_int(o, "x", (int64_t)(room * (double)i + room * 0.16));
    page_int(o, "width", (int64_t)(room * 0.32));
    page_int(o, "y", BOX_HEIGHT - height);
    page_int(o, "height", height);
    page_put(bar, "then", o);
}

static int y_of(int64_t value, int64_t top)
{
    return (int)(BOX_HEIGHT - value * BOX_HEIGHT / top);
}

/* "x,y x,y ..." of those that are there. */
static struct json_object *line_of(const struct bar *points, size_t n, bool is_before, int64_t top)
{
    struct buf text = BUF_INIT;
    double room = (double)BOX_WIDTH / (double)n;
    for (size_t i = 0; i < n; i++) {
        int64_t v = is_before ? points[i].before : points[i].value;
        if (v >= 0)
            buf_printf(&text, "%s%d,%d", text.len ? " " : "", (int)(room * ((double)i + 0.5)), y_of(v, top));
    }
    struct json_object *o = json_object_new_string(buf_str(&text));
    buf_free(&text);
    return o;
}

struct json_object *line_chart(const struct bar *points, size_t n, const char *summary, const char *(*text_of)(int64_t value, char *out, size_t size))
{
    int64_t largest = 0, seen = 0, before = 0;
    char text[40];
    for (size_t i = 0; i < n; i++) {
        largest = points[i].value > largest ? points[i].value : largest;
        largest = points[i].before > largest ? points[i].before : largest;
        seen += points[i].value >= 0;
        before += points[i].before >= 0;
    }
    if (seen == 0)
        return NULL;
    int64_t top = top_of(largest);
    struct json_object *chart = json_object_new_object(), *ticks = json_object_new_array(), *labels = json_object_new_array(), *dots = json_object_new_array();
    for (int i = 0; i <= 2; i++)
        page_push(ticks, json_object_new_string(text_of(top * i / 2, text, sizeof text)));
    for (size_t i = 0; i < n; i++) {
        page_push(labels, json_object_new_string(points[i].label));
        if (points[i].value < 0)
            continue;
        struct json_object *o = json_object_new_object();
        page_int(o, "x", (int64_t)((double)BOX_WIDTH / (double)n * ((double)i + 0.5)) - 3);
        page_int(o, "y", y_of(points[i].value, top) - 3);
        page_str(o, "title", points[i].title);
        page_push(dots, o);
    }
    page_str(chart, "summary", summary);
    page_put(chart, "ticks", ticks);
    page_put(chart, "labels", labels);
    page_put(chart, "line", line_of(points, n, false, top));
    if (before)
        page_put(chart, "then", line_of(points, n, true, top));
    page_put(chart, "dots", dots);
    return chart;
}

struct json_object *bar_chart(const struct bar *bars, size_t n, const char *summary)
{
    if (n == 0)
        return NULL;
    int64_t largest = 0;
    bool is_double = false;
    for (size_t i = 0; i < n; i++) {
        largest = bars[i].value > largest ? bars[i].value : largest;
        largest = bars[i].before > largest ? bars[i].before : largest;
        is_double |= bars[i].before >= 0;
    }
    int64_t top = top_of(largest);
    struct json_object *chart = json_object_new_object(), *ticks = json_object_new_array(), *list = json_object_new_array();
    for (int i = 0; i <= 2; i++)
        page_push(ticks, json_object_new_int64(top * i / 2));
    double room = (double)BOX_WIDTH / (double)n;
    for (size_t i = 0; i < n; i++) {
        int64_t height = height_of(bars[i].value, top);
        struct json_object *o = json_object_new_object();
        page_str(o, "label", bars[i].label);
        page_str(o, "title", bars[i].title);
        page_int(o, "x", (int64_t)(room * (double)i + room * (is_double ? 0.52 : 0.2)));
        page_int(o, "width", (int64_t)(room * (is_double ? 0.32 : 0.6)));
        if (bars[i].before >= 0)
            put_before(o, room, i, bars[i].before, top);
        page_int(o, "y", BOX_HEIGHT - height);
        page_int(o, "height", height);
        page_push(list, o);
    }
    page_str(chart, "summary", summary);
    page_put(chart, "ticks", ticks);
    page_put(chart, "bars", list);
    return chart;
}
