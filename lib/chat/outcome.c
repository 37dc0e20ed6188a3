#include "lib/chat/outcome.h"

#include <stddef.h>

#include "lib/base/json.h"

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

enum outcome refuse_json(struct refusal *r, const char *why)
{
    if (why == json_why_surrogate)
        return refuse(r, 422, CODE_INPUT, "The text holds half a character.");
    if (why != json_why_memory)
        return refuse(r, 400, CODE_INPUT, why ? why : "The JSON text is malformed.");
    refuse(r, 503, CODE_SERVER, "The service is away for a moment. Please try again.");
    r->retry_after_ms = 1000;
    return OUTCOME_REFUSED;
}
