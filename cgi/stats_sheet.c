#include "cgi/stats_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/csv.h"
#include "cgi/stats_write.h"
#include "lib/base/json.h"
#include "lib/chat/code.h"

static const struct sheet_column message_columns[] = {
    {"chats", N_("Chats"), "", SHEET_NUMBER}, {"messages", N_("All rows"), NULL, SHEET_NUMBER},
    {"from_customers", N_("From customers"), NULL, SHEET_NUMBER}, {"from_agents", N_("From agents"), NULL, SHEET_NUMBER},
    {"from_system", N_("System rows"), NULL, SHEET_NUMBER}, {"per_chat", N_("Messages a chat"), NULL, SHEET_NUMBER},
};
static const struct sheet_column csat_columns[] = {
    {"chats", N_("Chats"), "", SHEET_NUMBER}, {"rated", N_("Rated"), "rated", SHEET_NUMBER}, {"mean", N_("Mean"), NULL, SHEET_NUMBER},
    {"share_satisfied", N_("Share of 4 and 5"), NULL, SHEET_SHARE}, {"score_1", "1", NULL, SHEET_NUMBER}, {"score_2", "2", NULL, SHEET_NUMBER},
    {"score_3", "3", NULL, SHEET_NUMBER}, {"score_4", "4", NULL, SHEET_NUMBER}, {"score_5", "5", NULL, SHEET_NUMBER},
};
static const struct sheet_column queue_columns[] = {
    {"waiting", N_("Waiting"), NULL, SHEET_NUMBER}, {"longest_wait_s", N_("Longest wait"), NULL, SHEET_SECONDS},
    {"chats", N_("Chats"), "", SHEET_NUMBER}, {"accepted", N_("Accepted"), "wait_s", SHEET_NUMBER},
    {"abandoned", N_("Abandoned"), "abandoned", SHEET_NUMBER}, {"missed", N_("Missed"), "missed", SHEET_NUMBER},
    {"wait_s_mean", N_("Wait, mean"), NULL, SHEET_SECONDS}, {"wait_s_median", N_("Wait, median"), NULL, SHEET_SECONDS},
    {"wait_s_p90", N_("Wait, 90 %"), NULL, SHEET_SECONDS}, {"wait_s_max", N_("Wait, longest"), NULL, SHEET_SECONDS},
};

/* ---- making ---- */

static bool start(struct stats_sheet *sheet, const struct sheet_column *columns, size_t columns_n, size_t room)
{
    *sheet = (struct stats_sheet){.columns = columns, .columns_n = columns_n, .rows = calloc(room + 1, sizeof(*sheet->rows))};
    return sheet->rows != NULL;
}

static void put_int(char cell[SHEET_CELL_SIZE], int64_t v)
{
    snprintf(cell, SHEET_CELL_SIZE, "%lld", (long long)v);
}

static void put_seconds(char cell[SHEET_CELL_SIZE], int64_t ns)
{
    char text[STATS_NUMBER_SIZE];

    stats_seconds(ns, text);
    snprintf(cell, SHEET_CELL_SIZE, "%.*s", SHEET_CELL_SIZE - 1, text);
}

/* a / b rounded half up to `digits` digits; null when b is 0 */
static void put_ratio(char cell[SHEET_CELL_SIZE], int64_t a, int64_t b, int digits)
{
    int64_t scale = digits == 1 ? 10 : digits == 2 ? 100 : 1000, v;

    if (b == 0)
        return;
    v = (2 * a * scale + b) / (2 * b);
    snprintf(cell, SHEET_CELL_SIZE, "%lld.%0*lld", (long long)(v / scale), digits, (long long)(v % scale));
}

static void fill_messages(struct sheet_row *out, const struct stats_row *row)
{
    int64_t talk = row->member_rows + row->agent_rows;

    put_int(out->cells[0], row->chats);
    put_int(out->cells[1], talk + row->system_rows);
    put_int(out->cells[2], row->member_rows);
    put_int(out->cells[3], row->agent_rows);
    put_int(out->cells[4], row->system_rows);
    put_ratio(out->cells[5], talk, row->chats, 1);
}

static void fill_csat(struct sheet_row *out, const struct stats_row *row)
{
    int64_t n = 0, sum = 0;

    for (int i = 0; i < 5; i++) {
        n += row->scores[i];
        sum += row->scores[i] * (i + 1);
        put_int(out->cells[4 + i], row->scores[i]);
    }
    put_int(out->cells[0], row->chats);
    put_int(out->cells[1], n);
    put_ratio(out->cells[2], sum, n, 2);
    put_ratio(out->cells[3], row->scores[3] + row->scores[4], n, 3);
}

bool stats_sheet_make(const struct stats_query *s, const struct stats_table *table, struct stats_sheet *sheet)
{
    bool is_csat = s->view == STATS_CSAT;

    if (!start(sheet, is_csat ? csat_columns : message_columns, is_csat ? 9 : 6, table->n))
        return false;
    for (; sheet->n < table->n; sheet->n++) {
        struct sheet_row *out = &sheet->rows[sheet->n];

        memcpy(out->key, table->rows[sheet->n].key, sizeof(out->key));
        memcpy(out->label, table->rows[sheet->n].label, sizeof(out->label));
        out->row = table->rows[sheet->n];
        (is_csat ? fill_csat : fill_messages)(out, &table->rows[sheet->n]);
    }
    return true;
}

static void fill_queue(struct sheet_row *out, const struct stats_row *row)
{
    const struct stats_dist *wait = &row->dist[FIGURE_WAIT];

    put_int(out->cells[0], 0);
    put_int(out->cells[2], row->chats);
    put_int(out->cells[3], wait->n);
    put_int(out->cells[4], row->abandoned);
    put_int(out->cells[5], row->missed);
    put_seconds(out->cells[6], wait->mean_ns);
    put_seconds(out->cells[7], wait->median_ns);
    put_seconds(out->cells[8], wait->p90_ns);
    put_seconds(out->cells[9], wait->max_ns);
}

bool stats_sheet_make_queue(const struct stats_table *table, const struct stats_queue *queue, enum lang lang, struct stats_sheet *sheet)
{
    if (!start(sheet, queue_columns, sizeof(queue_columns) / sizeof(queue_columns[0]), table->n + queue->n))
        return false;
    for (; sheet->n < table->n; sheet->n++) {
        struct sheet_row *out = &sheet->rows[sheet->n];

        memcpy(out->key, table->rows[sheet->n].key, sizeof(out->key));
        memcpy(out->label, table->rows[sheet->n].label, sizeof(out->label));
        out->row = table->rows[sheet->n];
        fill_queue(out, &table->rows[sheet->n]);
    }
    for (size_t i = 0; i < queue->n; i++) {
        const struct stats_waiting *w = &queue->list[i];
        struct stats_row none = {.dist[FIGURE_WAIT] = {.mean_ns = -1, .median_ns = -1, .p90_ns = -1, .max_ns = -1}};
        struct sheet_row *out = NULL;
        size_t at;

        for (at = 0; at < table->n && table->rows[at].by_id != w->category_id; at++)
            ;
        if (at < table->n) {
            out = &sheet->rows[at];
        } else { /* they all came before the period */
            out = &sheet->rows[sheet->n++];
            fill_queue(out, &none);
            out->row.by_id = -1;
            snprintf(out->key, sizeof(out->key), "%d", w->category_id);
            code_name(w->category_id, lang, out->label, sizeof(out->label));
        }
        put_int(out->cells[0], w->waiting);
        put_int(out->cells[1], w->longest_wait_s);
    }
    return true;
}

void stats_sheet_clear(struct stats_sheet *sheet)
{
    free(sheet->rows);
    *sheet = (struct stats_sheet){0};
}

/* ---- writing ---- */

void stats_write_sheet_json(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet)
{
    struct json_writer w = JSON_WRITER(out);

    jw_object(&w);
    stats_write_head_json(&w, s);
    jw_array_key(&w, "rows");
    for (size_t i = 0; i < sheet->n; i++) {
        const struct sheet_row *row = &sheet->rows[i];

        jw_object(&w);
        jw_str(&w, "key", row->key);
        jw_str(&w, "label", row->label);
        for (size_t c = 0; c < sheet->columns_n; c++)
            if (row->cells[c][0])
                jw_raw(&w, sheet->columns[c].name, row->cells[c], strlen(row->cells[c]));
            else
                jw_null(&w, sheet->columns[c].name);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    stats_write_filters_json(&w, s);
    jw_object_end(&w);
}

void stats_write_sheet_csv(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet)
{
    struct csv c = CSV_WRITER(out);

    if (s->has_bom)
        buf_add_str(out, "\xEF\xBB\xBF");
    csv_plain(&c, "key");
    csv_plain(&c, "label");
    for (size_t i = 0; i < sheet->columns_n; i++)
        csv_plain(&c, sheet->columns[i].name);
    csv_end_row(&c);
    for (size_t i = 0; i < sheet->n; i++) {
        csv_plain(&c, sheet->rows[i].key);
        csv_text(&c, sheet->rows[i].label);
        for (size_t k = 0; k < sheet->columns_n; k++)
            csv_plain(&c, sheet->rows[i].cells[k]);
        csv_end_row(&c);
    }
}

void stats_write_sheet_txt(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet)
{
    stats_write_head_txt(out, s);
    for (size_t i = 0; i < sheet->n; i++) {
        buf_printf(out, "\n%s  %s\n ", sheet->rows[i].key, sheet->rows[i].label);
        for (size_t k = 0; k < sheet->columns_n; k++)
            buf_printf(out, " %s %s", sheet->columns[k].name, sheet->rows[i].cells[k][0] ? sheet->rows[i].cells[k] : "-");
        buf_add_char(out, '\n');
    }
}
