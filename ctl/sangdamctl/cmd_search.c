/* search: enters chats that ended into the search's index (fill, what pushd does by itself), holds it against the texts (verify), makes it anew (rebuild), or
 * compares what it finds for random words with what LIKE finds (compare). */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/search_compare.h"
#include "lib/chat/search_index.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define WORDS_DEFAULT 1000
#define WORDS_MAX 1000000

struct search_args {
    unsigned long words, seed;
    bool json;
};

static bool read_number(const char *text, unsigned long most, unsigned long *n_r)
{
    char *end;

    *n_r = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *n_r <= most;
}

static bool read_args(int argc, char **argv, struct search_args *a)
{
    bool ok = true;

    *a = (struct search_args){.words = WORDS_DEFAULT, .seed = 1};
    for (int i = 2; ok && i < argc; i++) {
        bool is_words = !strcmp(argv[i], "--words"), is_seed = !strcmp(argv[i], "--seed");

        if (!strcmp(argv[i], "--json"))
            a->json = true;
        else
            ok = (is_words || is_seed) && !strcmp(argv[1], "compare") && i + 1 < argc && read_number(argv[++i], is_words ? WORDS_MAX : ULONG_MAX, is_words ? &a->words : &a->seed);
    }
    return ok;
}

static void print_counts(bool json, const char *const *names, const size_t *values, size_t n)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    jw_object(&w);
    for (size_t i = 0; i < n; i++)
        if (json)
            jw_int(&w, names[i], (int64_t)values[i]);
        else
            printf("%-14s %zu\n", names[i], values[i]);
    jw_object_end(&w);
    if (json)
        puts(buf_str(&out));
    buf_free(&out);
}

static int fill(struct db *db, const struct search_args *a)
{
    static const char *const names[] = {"chats"};
    struct search_filled done;

    if (search_fill(db, INT64_MAX, &done) != OUTCOME_DONE)
        return command_fail_db("search", db);
    print_counts(a->json, names, (const size_t[]){done.chats}, 1);
    return EX_OK;
}

static int rebuild(struct db *db, const struct search_args *a)
{
    static const char *const names[] = {"chats"};
    struct search_filled done;

    if (search_rebuild(db, &done) != OUTCOME_DONE)
        return db_last_error(db) == DB_FINE ? command_fail(EX_TEMPFAIL, "search", "somebody else fills the index") : command_fail_db("search", db);
    print_counts(a->json, names, (const size_t[]){done.chats}, 1);
    return EX_OK;
}

static void say_missing(void *context, int64_t session_no, int64_t token)
{
    (void)context;
    fprintf(stderr, "session_no=%" PRId64 " token=%" PRId64 " missing\n", session_no, token);
}

static int verify(struct db *db, const struct search_args *a)
{
    static const char *const names[] = {"chats", "notEnteredYet", "tokens", "missing"};
    struct search_checked done;

    if (search_verify(db, say_missing, NULL, &done) != OUTCOME_DONE)
        return command_fail_db("search", db);
    print_counts(a->json, names, (const size_t[]){done.chats, done.due, done.tokens, done.missing}, 4);
    return done.missing ? EX_DATAERR : EX_OK;
}

static void say_difference(void *context, const char *word, size_t found, size_t like)
{
    (void)context;
    fprintf(stderr, "%s: %zu found, %zu by LIKE\n", word, found, like);
}

static int compare(struct db *db, const struct search_args *a)
{
    static const char *const names[] = {"words", "chats", "differences"};
    struct search_compared done;

    if (search_compare(db, a->words, a->seed, say_difference, NULL, &done) != OUTCOME_DONE)
        return command_fail_db("search", db);
    print_counts(a->json, names, (const size_t[]){done.words, done.chats, done.differences}, 3);
    return done.differences ? EX_DATAERR : EX_OK;
}

int cmd_search(struct command_context *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct db *db, const struct search_args *a);
    } parts[] = {{"fill", fill}, {"verify", verify}, {"rebuild", rebuild}, {"compare", compare}};
    struct search_args a;

    for (size_t i = 0; argc >= 2 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct db *db;
        int status;

        if (strcmp(argv[1], parts[i].name))
            continue;
        if (!read_args(argc, argv, &a))
            return command_usage(argv[0]);
        db = db_open(c->config);
        if (!db)
            return command_fail(EX_OSERR, argv[0], "out of memory");
        status = parts[i].run(db, &a);
        db_close(&db);
        return status;
    }
    return command_usage(argv[0]);
}
