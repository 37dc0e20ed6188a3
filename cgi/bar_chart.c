/* bar_chart: see bar_chart.h. The box is 1000 x 200 units; its top is the first of 2, 4, 10, 20, 40, 100 ... that holds all. */
#include "cgi/bar_chart.h"

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

static void put_int(struct json_object *o, const char *key, int64_t v) { json_object_object_add(o, key, json_object_new_int64(v)); }

struct json_object *bar_chart(const struct bar *bars, size_t n, const char *summary)
{
    if (n == 0)
        return NULL;
    int64_t largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = bars[i].value > largest ? bars[i].value : largest;
    int64_t top = top_of(largest);
    struct json_object *chart = json_object_new_object(), *ticks = json_object_new_array(), *list = json_object_new_array();
    for (int i = 0; i <= 2; i++)
        json_object_array_add(ticks, json_object_new_int64(top * i / 2));
    double room = (double)BOX_WIDTH / (double)n;
    for (size_t i = 0; i < n; i++) {
        int64_t height = bars[i].value * BOX_HEIGHT / top;
        if (height == 0 && bars[i].value > 0)
            height = 1;
        struct json_object *o = json_object_new_object();
        json_object_object_add(o, "label", json_object_new_string(bars[i].label));
        json_object_object_add(o, "title", json_object_new_string(bars[i].title));
        put_int(o, "x", (int64_t)(room * (double)i + room * 0.2));
        put_int(o, "width", (int64_t)(room * 0.6));
        put_int(o, "y", BOX_HEIGHT - height);
        put_int(o, "height", height);
        json_object_array_add(list, o);
    }
    json_object_object_add(chart, "summary", json_object_new_string(summary));
    json_object_object_add(chart, "ticks", ticks);
    json_object_object_add(chart, "bars", list);
    return chart;
}
