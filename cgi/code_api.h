/* code_api: the public lists of codes: [{codeId, code, decode, parentId?}], in the reader's language. */
#ifndef SANGDAM_CGI_CODE_API_H
#define SANGDAM_CGI_CODE_API_H

#include "cgi/http.h"

void code_api_categories(struct request *q);
void code_api_exit_reasons(struct request *q);
void code_api_disconnect_reasons(struct request *q);
void code_api_message_types(struct request *q);
/* GET .../category/{code}: {categoryName} */
void code_api_category(struct request *q);

#endif
