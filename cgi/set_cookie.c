/* set_cookie: see set_cookie.h. */
#include "cgi/set_cookie.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "lib/chat/config.h"

void set_cookie_sign_in(struct request *q, const char *secret)
{
    const char *name = q->is_https ? "__Host-sid" : "sid";
    const char *secure = q->is_https ? "; Secure" : "";
    if (secret) {
        long long age = (long long)(q->config->login_lifetime / 1000);
        answer_header(q, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", name, secret, age, secure);
        snprintf(q->cookie, sizeof q->cookie, "%s", secret);
        token_csrf(secret, q->csrf);
    } else {
        answer_header(q, "Set-Cookie", "%s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s", name, secure);
        q->cookie[0] = q->csrf[0] = '\0';
    }
}

void set_cookie_lang(struct request *q, enum lang lang)
{
    answer_header(q, "Set-Cookie", "lang=%s; Path=/; SameSite=Lax; Max-Age=31536000%s", lang_tag(lang), q->is_https ? "; Secure" : "");
    q->lang = lang;
}
