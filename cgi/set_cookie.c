/* set_cookie: see set_cookie.h. */
#include "cgi/set_cookie.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "lib/chat/config.h"

/* Two cookies of one name can stand beside each other over https: the one of our own pages, and the frame's, which is kept for each site around it. Where the chat
 * lives under the host's own site a browser sends both, which nobody could read; so a sign-in of one kind takes the other away. From another site's page the
 * browser refuses to touch the first: who is signed in with us stays so. */
static void put(struct request *q, const char *secret, long long age, bool is_framed)
{
    const char *name = q->is_https ? "__Host-sid" : "sid", *secure = q->is_https ? "; Secure" : "";
    const char *same_site = is_framed ? "None; Partitioned" : "Lax";

    answer_header(q, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=%s; Max-Age=%lld%s", name, secret, same_site, age, secure);
}

void set_cookie_sign_in(struct request *q, const char *secret)
{
    /* inside another site's page; over http there is no such thing, and the frame keeps a token instead (static/js/frame.js) */
    bool is_framed = q->is_https && q->frame_prefix[0];

    if (q->is_https && q->cookie[0])
        put(q, "", 0, !is_framed); /* first: where Partitioned is not known it would take the new one away */
    put(q, secret ? secret : "", secret ? (long long)(q->config->login_lifetime / 1000) : 0, is_framed);
    snprintf(q->cookie, sizeof q->cookie, "%s", secret ? secret : "");
    if (secret)
        token_csrf(secret, q->csrf);
    else
        q->csrf[0] = '\0';
}

void set_cookie_untwice(struct request *q)
{
    if (q->is_https)
        put(q, "", 0, !q->frame_prefix[0]);
}

void set_cookie_lang(struct request *q, enum lang lang)
{
    answer_header(q, "Set-Cookie", "lang=%s; Path=/; SameSite=Lax; Max-Age=31536000%s", lang_tag(lang), q->is_https ? "; Secure" : "");
    q->lang = lang;
}
