/* admin_site_page: the administrators' pages of the sites that show the chat: the list, a form for a new one, a form for each. A refused form comes back with
 * what was typed and the reason at its field; a stored one answers 303 to the site's page. */
#ifndef SANGDAM_CGI_ADMIN_SITE_PAGE_H
#define SANGDAM_CGI_ADMIN_SITE_PAGE_H

#include "cgi/http.h"

extern const struct field admin_site_add_body[];
extern const struct field admin_site_body[];

void admin_site_list(struct request *q);
void admin_site_new(struct request *q);
void admin_site_add(struct request *q);
void admin_site_show(struct request *q);
void admin_site_change(struct request *q);
/* A new signing key: its secret is on the page that answers, and on no other. */
void admin_site_key_new(struct request *q);
void admin_site_key_drop(struct request *q);

#endif
