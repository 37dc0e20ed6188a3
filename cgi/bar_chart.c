/* bar_chart: see bar_chart.h. The box is 1000 x 200 units; its top is the first of 2, 4, 10, 20, 40, 100 ... that holds all. */
#include "cgi/bar_chart.h"

#include "cgi/page.h"

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
        page_push(ticks, json_object_new_int64(top * i / 2));
    double room = (double)BOX_WIDTH / (double)n;
    for (size_t i = 0; i < n; i++) {
        int64_t height = bars[i].value * BOX_HEIGHT / top;
        if (height == 0 && bars[i].value > 0)
            height = 1;
        struct json_object *o = json_object_new_object();
        page_str(o, "label", bars[i].label);
        page_str(o, "title", bars[i].title);
        page_int(o, "x", (int64_t)(room * (double)i + room * 0.2));
        page_int(o, "width", (int64_t)(room * 0.6));
        page_int(o, "y", BOX_HEIGHT - height);
        page_int(o, "height", height);
        page_push(list, o);
    }
    page_str(chart, "summary", summary);
    page_put(chart, "ticks", ticks);
    page_put(chart, "bars", list);
    return chart;
}
