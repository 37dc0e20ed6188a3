/* identity_part: see identity_part.h. */
#include "cgi/identity_part.h"

#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/chat/site_member.h"

bool identity_part_put(struct request *q, struct json_object *to, int64_t member_id)
{
    struct site_identity identity;
    struct json_object *signed_by = NULL;

    if (!answer_outcome(q, site_member_look_up(q->db, member_id, &identity), NULL))
        return false;
    if (identity.subject[0]) {
        signed_by = json_object_new_object();
        page_str(signed_by, "siteName", identity.site_name);
        page_str(signed_by, "subject", identity.subject);
    }
    page_bool(to, "isGuest", identity.is_guest);
    page_put(to, "identity", signed_by);
    return true;
}
