/* match: see match.h. */
#include "cgi/match.h"

#include <string.h>

#include "cgi/page.h"
#include "lib/chat/session.h"

#define GOES_ON "\xE2\x80\xA6"

/* What is shown of a line, "…" included; at most SEARCH_PIECES_MAX + 2. */
static size_t all_pieces(const struct search_line *line, struct search_piece out[SEARCH_PIECES_MAX + 2])
{
    const struct search_piece dots = {GOES_ON, sizeof GOES_ON - 1, false};
    size_t n = 0;
    if (line->is_cut_before)
        out[n++] = dots;
    for (size_t i = 0; i < line->n; i++)
        out[n++] = line->piece[i];
    if (line->is_cut_behind)
        out[n++] = dots;
    return n;
}

struct json_object *match_pieces(const struct search_words *words, const char *text)
{
    struct search_line line;
    struct search_piece pieces[SEARCH_PIECES_MAX + 2];
    struct json_object *list = NULL;
    if (search_line_make(words, text, strlen(text), &line)) {
        size_t n = all_pieces(&line, pieces);
        list = json_object_new_array();
        for (size_t i = 0; i < n; i++) {
            struct json_object *o = json_object_new_object();
            page_put(o, "text", json_object_new_string_len(pieces[i].s, (int)pieces[i].n));
            page_bool(o, "mark", pieces[i].is_mark);
            page_push(list, o);
        }
    }
    search_line_clear(&line);
    return list;
}

static bool write_match(struct json_writer *w, const struct search_words *words, const struct session *s, const struct search_hit *hit)
{
    struct search_line line;
    struct search_piece pieces[SEARCH_PIECES_MAX + 2];
    const char side[2] = {hit->sender_type, '\0'};
    bool is_fine = search_line_make(words, hit->text, strlen(hit->text), &line);
    if (is_fine) {
        size_t n = all_pieces(&line, pieces);
        jw_object(w);
        jw_str(w, "sessionId", s->session_id);
        jw_int(w, "seq", hit->seq);
        jw_str(w, "senderType", side);
        jw_time(w, "timestamp", hit->cdate_ms);
        jw_array_key(w, "pieces");
        for (size_t i = 0; i < n; i++) {
            jw_object(w);
            jw_strn(w, "text", pieces[i].s, pieces[i].n);
            jw_bool(w, "mark", pieces[i].is_mark);
            jw_object_end(w);
        }
        jw_array_end(w);
        jw_object_end(w);
    }
    search_line_clear(&line);
    return is_fine;
}

bool match_write_all(struct json_writer *w, const struct session_filter *filter, const struct search_found *found)
{
    struct search_words words;
    const char *query = filter->search ? filter->search : "";
    bool is_fine = search_words_read(query, strlen(query), &words) == SEARCH_WORDS_FINE;
    jw_array_key(w, "matches");
    for (size_t i = 0; is_fine && i < found->n; i++)
        if (found->hits[i].text)
            is_fine = write_match(w, &words, &found->list[i], &found->hits[i]);
    jw_array_end(w);
    search_words_clear(&words);
    return is_fine;
}
