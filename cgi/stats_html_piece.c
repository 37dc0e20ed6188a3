#include "cgi/stats_html_piece.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"

/* 0:22, 1:02:03; a dash for nothing */
const char *piece_span_text(int64_t ns, char *out, size_t size)
{
    int64_t s = (ns + 500000000) / 1000000000;

    if (ns < 0)
        snprintf(out, size, "–");
    else if (s < 3600)
        snprintf(out, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(out, size, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    return out;
}

void piece_local_text(const struct zone *z, int64_t ms, char *out, size_t size)
{
    int64_t local = ms / 1000 + zone_offset(z, ms / 1000), day = local / 86400;
    int year, month, date;

    clock_date_of_day(day, &year, &month, &date);
    snprintf(out, size, "%04d-%02d-%02d %02d:%02d", year, month, date, (int)(local % 86400 / 3600), (int)(local % 3600 / 60));
}

void piece_add_tile(struct json_object *tiles, const char *key, const char *label, const char *value, const char *unit, const char *note, const char *url, bool late)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "key", key);
    page_str(o, "label", label);
    page_str(o, "value", value);
    page_str(o, "unit", unit);
    page_str(o, "note", note);
    page_str(o, "url", url);
    page_bool(o, "late", late);
    page_push(tiles, o);
}

void piece_count_tile(struct request *q, struct json_object *tiles, const char *key, const char *label, int64_t value, const char *note, const char *url, bool late)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    piece_add_tile(tiles, key, answer_text(q, label), text, "", note, url, late);
}

void piece_add_column(struct json_object *columns, const char *label, bool is_number)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "label", label);
    page_bool(o, "number", is_number);
    page_push(columns, o);
}

/* The first cell of a row is its head; url NULL: no link. */
void piece_add_cell(struct json_object *cells, const char *text, bool is_number, const char *url)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "text", text);
    page_bool(o, "number", is_number);
    page_bool(o, "head", json_object_array_length(cells) == 0);
    page_put(o, "url", url ? json_object_new_string(url) : NULL);
    page_push(cells, o);
}

struct json_object *piece_add_row(struct json_object *rows)
{
    struct json_object *row = json_object_new_object(), *cells = json_object_new_array();

    page_put(row, "cells", cells);
    page_push(rows, row);
    return cells;
}

void piece_add_count(struct json_object *cells, int64_t v, const char *url)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)v);
    piece_add_cell(cells, text, true, v > 0 ? url : NULL);
}

void piece_add_span(struct json_object *cells, int64_t ns)
{
    char text[40];

    piece_add_cell(cells, piece_span_text(ns, text, sizeof(text)), true, NULL);
}

const char *piece_number(int64_t v, char out[24])
{
    snprintf(out, 24, "%lld", (long long)v);
    return out;
}
