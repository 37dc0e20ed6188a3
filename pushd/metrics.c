/* metrics: the table as text. */
#include "config.h"

#include "pushd/metrics.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/counter.h"
#include "lib/chat/program_count.h"

struct row {
    const char *name;
    const char *text;
    bool is_counter;
    bool is_ms;
};

static const struct row rows[METRIC_TOTAL] = {
#define COUNTER(name, text) [METRIC_##name] = {#name, text, true, false},
#define GAUGE(name, text) [METRIC_##name] = {#name, text, false, false},
#define SECONDS(name, text) [METRIC_##name] = {#name, text, false, true},
    METRIC_TABLE(COUNTER, GAUGE, SECONDS)
#undef COUNTER
#undef GAUGE
#undef SECONDS
};

static const struct {
    const char *name, *text;
} histograms[HISTOGRAM_TOTAL] = {
#define HISTOGRAM(name, text) [HISTOGRAM_##name] = {"sangdam_push_" #name, text},
    METRIC_HISTOGRAMS(HISTOGRAM)
#undef HISTOGRAM
};

static void print_one(struct buf *out, const char *prefix, const struct row *row, int64_t v)
{
    const char *suffix = row->is_counter ? "_total" : "";

    buf_printf(out, "# HELP %s%s%s %s.\n# TYPE %s%s%s %s\n%s%s%s ", prefix, row->name, suffix, row->text, prefix, row->name, suffix,
               row->is_counter ? "counter" : "gauge", prefix, row->name, suffix);
    if (row->is_ms)
        buf_printf(out, "%" PRId64 ".%03d\n", v / 1000, (int)(v % 1000));
    else
        buf_printf(out, "%" PRId64 "\n", v);
}

/* Resident pages, from /proc: the figure that an idle connection's cost is measured by. */
static int64_t resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long size = 0, resident = 0;

    if (!f)
        return 0;
    if (fscanf(f, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    fclose(f);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

void metrics_print(const struct metrics *m, struct buf *out)
{
    for (int i = 0; i < METRIC_TOTAL; i++)
        print_one(out, "sangdam_push_", &rows[i], metric_get(m, (enum metric)i));
    for (int i = 0; i < COUNTER_TOTAL; i++) {
        struct row row = {counter_name((enum counter)i), counter_text((enum counter)i), true, false};
        print_one(out, "sangdam_", &row, (int64_t)counter_get((enum counter)i));
    }
    for (int i = 0; i < HISTOGRAM_TOTAL; i++) {
        buf_printf(out, "# HELP %s %s.\n# TYPE %s histogram\n", histograms[i].name, histograms[i].text, histograms[i].name);
        histogram_print(&m->histograms[i], out, histograms[i].name, "");
    }
    program_count_print(out);
    buf_printf(out, "# HELP sangdam_build_info The version of pushd.\n# TYPE sangdam_build_info gauge\nsangdam_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
    print_one(out, "sangdam_push_", &(struct row){"resident_bytes", "Resident memory of this process", false, false}, resident_bytes());
    print_one(out, "sangdam_push_", &(struct row){"log_lines_lost", "Log lines of this process that could not be written", true, false}, (int64_t)log_lost());
}
