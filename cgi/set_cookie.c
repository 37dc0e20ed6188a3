/* set_cookie: see set_cookie.h. */
#include "cgi/set_cookie.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "lib/chat/config.h"

void set_cookie_sign_in(struct request *q, const char *secret)
{
    const char *name = q->is_https ? "__Host-sid" : "sid";
    const char *secure = q->is_https ? "; Secure" : "";
    /* inside another site's page; over http there is no such thing, and the frame keeps a token instead (static/js/frame.js) */
    bool is_framed = q->is_https && q->frame_prefix[0];
    const char *same_site = is_framed ? "None; Partitioned" : "Lax";
    if (secret) {
        long long age = (long long)(q->config->login_lifetime / 1000);
        answer_header(q, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=%s; Max-Age=%lld%s", name, secret, same_site, age, secure);
        snprintf(q->cookie, sizeof q->cookie, "%s", secret);
        token_csrf(secret, q->csrf);
    } else {
        answer_header(q, "Set-Cookie", "%s=; Path=/; HttpOnly; SameSite=%s; Max-Age=0%s", name, same_site, secure);
        q->cookie[0] = q->csrf[0] = '\0';
    }
}

void set_cookie_lang(struct request *q, enum lang lang)
{
    answer_header(q, "Set-Cookie", "lang=%s; Path=/; SameSite=Lax; Max-Age=31536000%s", lang_tag(lang), q->is_https ? "; Secure" : "");
    q->lang = lang;
}
