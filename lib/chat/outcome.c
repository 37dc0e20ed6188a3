#include "lib/chat/outcome.h"

#include <stddef.h>

enum outcome refuse(struct refusal *r, int status, const char *code, const char *message)
{
    return refuse_field(r, status, code, message, NULL);
}

enum outcome refuse_field(struct refusal *r, int status, const char *code, const char *message, const char *field)
{
    *r = (struct refusal){.status = status, .code = code, .message = message, .field = field};
    return OUTCOME_REFUSED;
}

enum outcome refuse_absent(struct refusal *r)
{
    return refuse(r, 404, CODE_ABSENT, "There is no such chat.");
}
