/* entry: what the first page asks a customer for: at most two fields beside the topic, and a consent with its versions. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LABEL_POINTS 100
#define CONSENT_POINTS 4000

static bool is_label(const char *s)
{
    size_t n = strlen(s);

    return utf8_is_valid(s, n) && !utf8_is_blank(s, n) && utf8_count(s, n) <= LABEL_POINTS;
}

/* NO none | NO name|title [--needed] | NO text LABEL LABEL_EN [--needed] */
static int set_field(struct db *db, int argc, char **argv)
{
    bool is_needed = argc > 2 && !strcmp(argv[argc - 1], "--needed");
    const char *kind;

    argc -= is_needed;
    if (argc < 2 || (strcmp(argv[0], "1") && strcmp(argv[0], "2")))
        return command_usage("entry");
    kind = !strcmp(argv[1], "none") ? "" : !strcmp(argv[1], "name") ? "NAME" : !strcmp(argv[1], "title") ? "TITLE" : !strcmp(argv[1], "text") ? "TEXT" : NULL;
    if (!kind || argc != (!strcmp(kind, "TEXT") ? 4 : 2))
        return command_usage("entry");
    if (argc == 4 && (!is_label(argv[2]) || !is_label(argv[3])))
        return command_fail(EX_DATAERR, "entry", "a label is UTF-8 of 1 to %d characters", LABEL_POINTS);
    if (!db_begin(db) || !db_exec(db, "DELETE FROM entry_field WHERE field_no = ?", DB_ARGS(db_int(argv[0][0] - '0')), NULL) ||
        (*kind && !db_exec(db, "INSERT INTO entry_field (field_no, kind, label, label_en, is_needed) VALUES (?,?,?,?,?)",
                           DB_ARGS(db_int(argv[0][0] - '0'), db_text(kind), db_text(argc == 4 ? argv[2] : ""), db_text(argc == 4 ? argv[3] : ""), db_int(is_needed)), NULL)) ||
        !db_commit(db))
        return command_fail_db("entry", db);
    return EX_OK;
}

static bool read_all(FILE *in, struct buf *out)
{
    char part[4096];
    size_t n;

    while ((n = fread(part, 1, sizeof part, in)) > 0 && out->len < 65536)
        buf_add(out, part, n);
    return !ferror(in) && !buf_failed(out) && utf8_is_valid(buf_str(out), out->len) && strlen(buf_str(out)) == out->len;
}

/* Standard input: the Korean text, a line of three dashes, the English one. Each change is a version of its own. */
static int set_consent(struct db *db)
{
    struct buf text = BUF_INIT;
    int status = EX_DATAERR;
    char *line = NULL, *english;

    if (read_all(stdin, &text) && (line = strstr(text.p ? text.p : "", "\n---\n"))) {
        english = line + 5;
        *line = '\0';
        if (!utf8_is_blank(text.p, strlen(text.p)) && !utf8_is_blank(english, strlen(english)) && utf8_count(text.p, strlen(text.p)) <= CONSENT_POINTS &&
            utf8_count(english, strlen(english)) <= CONSENT_POINTS)
            status = db_exec(db, "INSERT INTO consent_text (content, content_en, cdate) VALUES (?,?,?)",
                             DB_ARGS(db_text(text.p), db_text(english), db_time(clock_wall_ms())), NULL)
                         ? EX_OK
                         : EX_TEMPFAIL;
    }
    if (status == EX_OK)
        printf("%lld\n", (long long)db_insert_id(db));
    else if (status == EX_TEMPFAIL)
        status = command_fail_db("entry", db);
    else
        command_fail(status, "entry", "standard input is the Korean text, a line ---, the English text: each at most %d characters of UTF-8", CONSENT_POINTS);
    buf_free(&text);
    return status;
}

static int show(struct db *db, const struct config *config)
{
    static const char *const kinds[] = {"name", "title", "text"};
    struct entry_form form;

    if (entry_form_load(db, config, &form) != OUTCOME_DONE) {
        entry_form_free(&form);
        return command_fail_db("entry", db);
    }
    for (size_t i = 0; i < form.field_count; i++)
        printf("field %d\t%s\t%s\t%s\t%s\n", form.fields[i].field_no, kinds[form.fields[i].kind], form.fields[i].is_needed ? "needed" : "optional",
               form.fields[i].label[LANG_KO], form.fields[i].label[LANG_EN]);
    printf("consent\t%d\n", (int)form.consent_version);
    entry_form_free(&form);
    return EX_OK;
}

int cmd_entry(struct command_context *c, int argc, char **argv)
{
    struct db *db;
    int status;

    if (argc < 2)
        return command_usage(argv[0]);
    db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    if (!strcmp(argv[1], "show") && argc == 2)
        status = show(db, c->config);
    else if (!strcmp(argv[1], "field"))
        status = set_field(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "consent") && argc == 3 && !strcmp(argv[2], "set"))
        status = set_consent(db);
    else if (!strcmp(argv[1], "consent") && argc == 3 && !strcmp(argv[2], "off"))
        status = db_exec(db, "UPDATE consent_text SET is_used = 0", NULL, 0, NULL) ? EX_OK : command_fail_db("entry", db);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
