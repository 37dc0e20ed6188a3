/* admin_entry_page: /admin/hours (weekly hours, breaks, holidays, their zone) and /admin/entry (what the first page asks for, consent). The rules are in
 * lib/chat/hours_set.h and entry_set.h. */
#ifndef SANGDAM_CGI_ADMIN_ENTRY_PAGE_H
#define SANGDAM_CGI_ADMIN_ENTRY_PAGE_H

#include "cgi/http.h"

extern const struct field admin_hours_body[];          /* day0 (Monday) ... day6, zone; always: no hours at all */
extern const struct field admin_hours_holiday_body[];  /* date, name, nameEn, hours */
extern const struct field admin_hours_remove_body[];   /* date */
extern const struct field admin_entry_body[];          /* kind1, label1, labelEn1, needed1, kind2 ... */
extern const struct field admin_entry_consent_body[];  /* content, contentEn; off: none is asked for */

void admin_hours_page(struct request *q);
void admin_hours_set(struct request *q);
void admin_hours_holiday(struct request *q);
void admin_hours_remove(struct request *q);
void admin_entry_page(struct request *q);
void admin_entry_set(struct request *q);
void admin_entry_consent(struct request *q);

#endif
