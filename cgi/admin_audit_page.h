/* admin_audit_page: /admin/audit: who changed what, newest first, to filter and to page through. Reads only. */
#ifndef SANGDAM_CGI_ADMIN_AUDIT_PAGE_H
#define SANGDAM_CGI_ADMIN_AUDIT_PAGE_H

#include "cgi/http.h"

extern const struct field admin_audit_query[]; /* member, action, target, from, to, cursor */

void admin_audit_page(struct request *q);

#endif
