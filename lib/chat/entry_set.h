/* entry_set: how what the first page asks a customer for is changed, by the admin's page and by sangdamctl. Each change is one transaction with its row in
 * audit_log; member_id is who does it, 0 the command line. All block. */
#ifndef SANGDAM_CHAT_ENTRY_SET_H
#define SANGDAM_CHAT_ENTRY_SET_H

#include "lib/chat/entry.h"

#define ENTRY_LABEL_POINTS 100
#define ENTRY_CONSENT_POINTS 4000

/* One of the ENTRY_FIELDS; is_asked false: nothing is asked for there. Labels of TEXT alone. */
struct entry_field_edit {
    bool is_asked, is_needed;
    enum entry_kind kind;
    const char *label, *label_en; /* "" for the other kinds */
};
/* All fields at once, in a transaction: edits[0] is field 1. 422 field label1, labelEn1, kind2 ... (a NAME or TITLE that the first asks for already). */
enum outcome entry_set_fields(struct db *db, int64_t member_id, const struct entry_field_edit edits[ENTRY_FIELDS], struct refusal *refusal_r);
/* A new version of the consent. 422 field content, contentEn. Line ends become LF. */
enum outcome entry_set_consent(struct db *db, int64_t member_id, const char *content, const char *content_en, int32_t *version_r, struct refusal *refusal_r);
/* None is asked for from now on; the versions stay. */
enum outcome entry_clear_consent(struct db *db, int64_t member_id);

#endif
