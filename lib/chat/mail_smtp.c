#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/mail_smtp.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_CURL /* its headers; the library itself is asked for by name when it is wanted */

#define CURL_DISABLE_TYPECHECK /* curl_easy_setopt() is called through a pointer */
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"

/* What we use of the library. */
static struct {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_setopt) *set;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_getinfo) *info;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_easy_strerror) *strerror;
    __typeof__(curl_slist_append) *append;
    __typeof__(curl_slist_free_all) *free_all;
} curl;
static bool is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool find(void *library, const char *name, void *function_r)
{
    void *symbol = dlsym(library, name);

    memcpy(function_r, &symbol, sizeof symbol);
    return symbol != NULL;
}

static void open_library(void)
{
    void *l = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    is_open = l && find(l, "curl_global_init", &curl.global_init) && find(l, "curl_easy_init", &curl.init) && find(l, "curl_easy_setopt", &curl.set) &&
              find(l, "curl_easy_perform", &curl.perform) && find(l, "curl_easy_getinfo", &curl.info) && find(l, "curl_easy_cleanup", &curl.cleanup) &&
              find(l, "curl_easy_strerror", &curl.strerror) && find(l, "curl_slist_append", &curl.append) &&
              find(l, "curl_slist_free_all", &curl.free_all) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!is_open)
        log_error("mail_library_missing name=libcurl.so.4");
}

bool mail_smtp_is_built(void)
{
    return true;
}

struct letter {
    const char *at;
    size_t left;
    const atomic_bool *stop;
};

static size_t read_letter(char *to, size_t size, size_t count, void *arg)
{
    struct letter *letter = arg;
    size_t n = size * count < letter->left ? size * count : letter->left;

    memcpy(to, letter->at, n);
    letter->at += n;
    letter->left -= n;
    return n;
}

static int may_go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct letter *letter = arg;

    (void)a, (void)b, (void)c, (void)d;
    return letter->stop && atomic_load(letter->stop);
}

static void set_options(CURL *easy, const struct config *config, struct letter *letter, const char *from, struct curl_slist *to)
{
    curl.set(easy, CURLOPT_URL, config->smtp_url);
    curl.set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl.set(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl.set(easy, CURLOPT_NOSIGNAL, 1L);
    curl.set(easy, CURLOPT_TIMEOUT_MS, (long)config->smtp_timeout);
    curl.set(easy, CURLOPT_USE_SSL, (long)(strcmp(config->smtp_tls, "need") == 0 ? CURLUSESSL_ALL : strcmp(config->smtp_tls, "off") == 0 ? CURLUSESSL_NONE : CURLUSESSL_TRY));
    if (config->smtp_user[0]) {
        curl.set(easy, CURLOPT_USERNAME, config->smtp_user);
        curl.set(easy, CURLOPT_PASSWORD, config->smtp_password);
    }
    curl.set(easy, CURLOPT_MAIL_FROM, from);
    curl.set(easy, CURLOPT_MAIL_RCPT, to);
    curl.set(easy, CURLOPT_UPLOAD, 1L);
    curl.set(easy, CURLOPT_READFUNCTION, read_letter);
    curl.set(easy, CURLOPT_READDATA, letter);
    curl.set(easy, CURLOPT_NOPROGRESS, 0L);
    curl.set(easy, CURLOPT_XFERINFOFUNCTION, may_go_on);
    curl.set(easy, CURLOPT_XFERINFODATA, letter);
}

static enum mail_answer judge(CURL *easy, CURLcode code, const char *said, char why_r[MAIL_WHY_SIZE])
{
    long reply = 0;

    if (code == CURLE_OK)
        return MAIL_SENT;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return MAIL_STOPPED;
    curl.info(easy, CURLINFO_RESPONSE_CODE, &reply);
    snprintf(why_r, MAIL_WHY_SIZE, "%ld %.180s", reply, said[0] ? said : curl.strerror(code));
    for (char *p = why_r; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '?';
    return (reply >= 550 && reply <= 559) || reply == 501 ? MAIL_REFUSED : MAIL_LATER;
}

enum mail_answer mail_smtp_send(const struct config *config, const char *to, const char *letter, size_t n, const atomic_bool *stop, char why_r[MAIL_WHY_SIZE])
{
    struct letter reading = {letter, n, stop};
    struct curl_slist *recipients = NULL;
    struct buf from = BUF_INIT, recipient = BUF_INIT;
    char said[CURL_ERROR_SIZE] = "";
    enum mail_answer answer = MAIL_LATER;
    CURL *easy;

    snprintf(why_r, MAIL_WHY_SIZE, "no libcurl, or no memory");
    pthread_once(&once, open_library);
    easy = is_open ? curl.init() : NULL;
    buf_printf(&from, "<%s>", config->mail_from);
    buf_printf(&recipient, "<%s>", to);
    if (easy)
        recipients = curl.append(NULL, buf_str(&recipient));
    if (recipients && !buf_failed(&from) && !buf_failed(&recipient)) {
        set_options(easy, config, &reading, buf_str(&from), recipients);
        curl.set(easy, CURLOPT_ERRORBUFFER, said);
        answer = judge(easy, curl.perform(easy), said, why_r);
    }
    if (easy) {
        curl.free_all(recipients);
        curl.cleanup(easy);
    }
    buf_free(&from);
    buf_free(&recipient);
    return answer;
}

#else

bool mail_smtp_is_built(void)
{
    return false;
}

enum mail_answer mail_smtp_send(const struct config *config, const char *to, const char *letter, size_t n, const atomic_bool *stop, char why_r[MAIL_WHY_SIZE])
{
    (void)config, (void)to, (void)letter, (void)n, (void)stop;
    snprintf(why_r, MAIL_WHY_SIZE, "built without libcurl");
    return MAIL_LATER;
}

#endif
