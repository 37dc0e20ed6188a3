/* cookie: see cookie.h. */
#include "cgi/cookie.h"

#include <stdio.h>
#include <string.h>

#include "cgi/answer.h"
#include "lib/chat/config.h"

enum cookie_found cookie_find(const char *header, const char *name, char *out, size_t out_size)
{
    enum cookie_found found = COOKIE_NONE;
    size_t name_len = strlen(name);
    out[0] = '\0';
    for (const char *p = header ? header : ""; *p;) {
        p += strspn(p, " \t;");
        size_t n = strcspn(p, ";");
        if (n > name_len && p[name_len] == '=' && memcmp(p, name, name_len) == 0) {
            if (found == COOKIE_ONE)
                return COOKIE_TWICE;
            found = COOKIE_ONE;
            const char *value = p + name_len + 1;
            size_t len = n - name_len - 1;
            while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
                len--;
            if (len < out_size) {
                memcpy(out, value, len);
                out[len] = '\0';
            }
        }
        p += n;
    }
    return found;
}

void cookie_set_sign_in(struct request *q, const char *secret)
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

void cookie_set_lang(struct request *q, enum lang lang)
{
    answer_header(q, "Set-Cookie", "lang=%s; Path=/; SameSite=Lax; Max-Age=31536000%s", lang_tag(lang), q->is_https ? "; Secure" : "");
    q->lang = lang;
}
