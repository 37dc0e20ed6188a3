/* load_result: the JSON object at the end. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/json.h"
#include "t/bench/load.h"

#define REFUSED_LISTED 1000

static void put_real(struct json_writer *w, const char *key, double v)
{
    char text[64];

    jw_raw(w, key, text, (size_t)snprintf(text, sizeof text, "%.4f", v));
}

static void put_memory(struct json_writer *w, const struct load *l, const struct phase *p)
{
    double kb = (double)(p->end.private_kb - p->before.private_kb);
    double cpu = p->end.cpu_s - p->start.cpu_s;

    if (!l->o.pid_count)
        return;
    jw_int(w, "rss_before_kb", p->before.rss_kb);
    jw_int(w, "rss_end_kb", p->end.rss_kb);
    jw_int(w, "rss_peak_kb", p->peak_kb);
    jw_int(w, "private_before_kb", p->before.private_kb);
    jw_int(w, "private_end_kb", p->end.private_kb);
    put_real(w, "connect_cpu_s", p->connected.cpu_s - p->before.cpu_s);
    if (p->opened)
        put_real(w, "bytes_per_connection", kb * 1024 / p->opened);
    if (p->seconds > 0)
        put_real(w, "server_cpu", cpu / p->seconds);
    if (l->now.delivered)
        put_real(w, "server_us_per_delivery", cpu * 1e6 / (double)l->now.delivered);
}

static void put_messages(struct json_writer *w, const struct load *l, const struct phase *p)
{
    uint64_t receivers = l->o.mode == MODE_FANOUT && p->opened ? p->opened - 1 : 1;

    if (l->o.mode == MODE_IDLE || l->o.mode == MODE_CONNECT)
        return;
    jw_int(w, "size", l->o.size);
    jw_int(w, "window", l->o.rate > 0 ? 0 : l->o.window);
    put_real(w, "rate", l->o.rate);
    put_real(w, "sent_per_s", (double)l->now.sent / p->seconds);
    put_real(w, "delivered_per_s", (double)l->now.delivered / p->seconds);
    put_real(w, "echoes_per_s", (double)l->now.echoes / p->seconds);
    put_real(w, "p50_ms", hist_ms(&l->times, 0.5));
    put_real(w, "p99_ms", hist_ms(&l->times, 0.99));
    put_real(w, "p999_ms", hist_ms(&l->times, 0.999));
    put_real(w, "max_ms", (double)l->times.max_ns / 1e6);
    jw_int(w, "sent_total", (int64_t)l->total.sent);
    jw_int(w, "delivered_total", (int64_t)l->total.delivered);
    jw_int(w, "lost_messages", (int64_t)(l->total.sent * receivers - l->total.delivered));
    jw_int(w, "disorder", (int64_t)l->total.disorder);
    if (l->o.send_receipt)
        jw_int(w, "acked_total", (int64_t)l->total.acked);
}

/* Who was refused, by number, and whether one of them got anything but the refusal. */
static void put_refused(struct json_writer *w, const struct load *l)
{
    unsigned served = 0;

    jw_array_key(w, "refused_ids");
    for (unsigned i = 0, listed = 0; i < l->count; i++) {
        if (!l->conns[i].was_refused)
            continue;
        served += l->conns[i].was_served;
        if (listed++ < REFUSED_LISTED)
            jw_int(w, NULL, l->conns[i].id);
    }
    jw_array_end(w);
    jw_int(w, "refused_but_served", served);
}

void result_print(const struct load *l, const struct phase *p)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    jw_object(&w);
    jw_str(&w, "label", l->o.label);
    jw_int(&w, "connections", l->count);
    jw_int(&w, "opened", p->opened);
    jw_int(&w, "failed", l->failed);
    jw_int(&w, "refused", l->refused);
    jw_int(&w, "dropped", l->lost);
    put_real(&w, "connect_s", p->connect_s);
    put_real(&w, "connects_per_s", p->opened / p->connect_s);
    put_real(&w, "connect_p50_ms", hist_ms(&l->opening_times, 0.5));
    put_real(&w, "connect_p99_ms", hist_ms(&l->opening_times, 0.99));
    put_real(&w, "seconds", p->seconds);
    put_messages(&w, l, p);
    put_memory(&w, l, p);
    put_refused(&w, l);
    put_real(&w, "load_cpu", p->seconds > 0 ? p->load_cpu_s / p->seconds : 0);
    jw_object_key(&w, "codes");
    for (int i = 0; i < CODES_MAX && l->codes[i].count; i++) {
        char code[16];

        snprintf(code, sizeof code, "%u", l->codes[i].code);
        jw_int(&w, code, (int64_t)l->codes[i].count);
    }
    jw_object_end(&w);
    jw_object_key(&w, "errors");
    jw_int(&w, "tcp", (int64_t)l->errors.tcp);
    jw_int(&w, "http", (int64_t)l->errors.http);
    jw_int(&w, "frame", (int64_t)l->errors.frames);
    jw_int(&w, "protocol", (int64_t)l->errors.protocol);
    jw_int(&w, "closed", (int64_t)l->errors.closed);
    jw_object_end(&w);
    jw_object_end(&w);
    puts(buf_str(&out));
    buf_free(&out);
}
