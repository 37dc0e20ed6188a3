/* stats_html_piece: tiles, cells and texts that the pages of figures are put together from. */
#ifndef SANGDAM_CGI_STATS_HTML_PIECE_H
#define SANGDAM_CGI_STATS_HTML_PIECE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct zone;

/* span_text: 0:22, 1:02:03, a dash for nothing. local_text: 2026-11-22 09:00. label, note: as in the catalogue; url NULL: no link. A cell that is the
 * first of its row is its head. */
const char *piece_number(int64_t v, char out[24]);
const char *piece_span_text(int64_t ns, char *out, size_t size);
void piece_local_text(const struct zone *z, int64_t ms, char *out, size_t size);
void piece_add_tile(struct json_object *tiles, const char *key, const char *label, const char *value, const char *unit, const char *note, const char *url, bool late);
void piece_count_tile(struct request *q, struct json_object *tiles, const char *key, const char *label, int64_t value, const char *note, const char *url, bool late);
void piece_add_column(struct json_object *columns, const char *label, bool is_number);
void piece_add_cell(struct json_object *cells, const char *text, bool is_number, const char *url);
struct json_object *piece_add_row(struct json_object *rows);
void piece_add_count(struct json_object *cells, int64_t v, const char *url);
void piece_add_span(struct json_object *cells, int64_t ns);

#endif
