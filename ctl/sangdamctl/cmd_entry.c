/* entry: what the first page asks a customer for: at most two fields beside the topic, and a consent with its versions. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/entry_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static int answer(enum outcome outcome, const struct refusal *refusal, struct db *db)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        return EX_OK;
    return outcome == OUTCOME_REFUSED ? command_fail(EX_DATAERR, "entry", "%s: %s", refusal->field, refusal->message) : command_fail_db("entry", db);
}

/* The fields as they are, to change one of them. */
static void load_edits(const struct entry_form *form, struct entry_field_edit edits[ENTRY_FIELDS])
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct entry_field *f = &form->fields[i];
        edits[f->field_no - 1] = (struct entry_field_edit){.is_asked = true, .is_needed = f->is_needed, .kind = f->kind, .label = f->label[LANG_KO], .label_en = f->label[LANG_EN]};
    }
}

/* NO none | NO name|title [--needed] | NO text LABEL LABEL_EN [--needed] */
static int set_field(struct db *db, const struct config *config, int argc, char **argv)
{
    static const char *const kinds[] = {[ENTRY_NAME] = "name", [ENTRY_TITLE] = "title", [ENTRY_TEXT] = "text"};
    struct entry_field_edit edits[ENTRY_FIELDS] = {0}, *edit;
    struct entry_form form;
    struct refusal refusal = {0};
    bool is_needed = argc > 2 && !strcmp(argv[argc - 1], "--needed");
    int kind = 0, status;

    argc -= is_needed;
    if (argc < 2 || (strcmp(argv[0], "1") && strcmp(argv[0], "2")))
        return command_usage("entry");
    while (kind < 3 && strcmp(argv[1], kinds[kind]))
        kind++;
    if ((kind == 3 && strcmp(argv[1], "none")) || argc != (kind == ENTRY_TEXT ? 4 : 2))
        return command_usage("entry");
    if (entry_form_load(db, config, &form) != OUTCOME_DONE) {
        status = command_fail_db("entry", db);
    } else {
        load_edits(&form, edits);
        edit = &edits[argv[0][0] - '1'];
        *edit = (struct entry_field_edit){.is_asked = kind < 3, .is_needed = is_needed, .kind = kind < 3 ? (enum entry_kind)kind : ENTRY_NAME,
                                          .label = argc == 4 ? argv[2] : "", .label_en = argc == 4 ? argv[3] : ""};
        status = answer(entry_set_fields(db, 0, edits, &refusal), &refusal, db);
    }
    entry_form_free(&form);
    return status;
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
    struct refusal refusal = {0};
    int32_t version;
    int status;
    char *line = NULL;

    if (read_all(stdin, &text) && (line = strstr(text.p ? text.p : "", "\n---\n"))) {
        *line = '\0';
        status = answer(entry_set_consent(db, 0, text.p, line + 5, &version, &refusal), &refusal, db);
        if (status == EX_OK)
            printf("%d\n", (int)version);
    } else {
        status = command_fail(EX_DATAERR, "entry", "standard input is the Korean text, a line ---, the English text: each at most %d characters of UTF-8", ENTRY_CONSENT_POINTS);
    }
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
        status = set_field(db, c->config, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "consent") && argc == 3 && !strcmp(argv[2], "set"))
        status = set_consent(db);
    else if (!strcmp(argv[1], "consent") && argc == 3 && !strcmp(argv[2], "off"))
        status = answer(entry_clear_consent(db, 0), NULL, db);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
