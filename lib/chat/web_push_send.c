#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/web_push_send.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"

#define ENDPOINT_MAX 1000
#define HOST_MAX 253

/* ---- whereto ---- */

static bool is_public_v4(uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } closed[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8}, {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0a80000, 16},
                  {0xc6120000, 15}, {0xe0000000, 3}};

    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        if ((a ^ closed[i].net) >> (32 - closed[i].bits) == 0)
            return false;
    return true;
}

/* IPv6's own unicast is 2000::/3; what stands for an IPv4 address is looked at as that. */
static bool is_public_v6(const struct in6_addr *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const uint8_t *b = address->s6_addr;
    uint32_t v4;

    if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0) {
        memcpy(&v4, b + 12, 4);
        return is_public_v4(ntohl(v4));
    }
    if (b[0] == 0x20 && b[1] == 0x02) { /* 6to4 */
        memcpy(&v4, b + 2, 4);
        return is_public_v4(ntohl(v4));
    }
    return b[0] >> 5 == 1;
}

bool web_push_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    return address->sa_family == AF_INET6 && is_public_v6(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static bool is_good_host(const char *host, size_t n)
{
    char name[HOST_MAX + 1];
    struct in_addr v4;
    struct in6_addr v6;

    if (!n || n > HOST_MAX || memchr(host, '@', n))
        return false;
    if (host[0] == '[') {
        const char *end = memchr(host, ']', n);
        if (!end)
            return false;
        snprintf(name, sizeof name, "%.*s", (int)(end - host - 1), host + 1);
        return inet_pton(AF_INET6, name, &v6) == 1 && is_public_v6(&v6);
    }
    snprintf(name, sizeof name, "%.*s", (int)n, host);
    name[strcspn(name, ":")] = '\0';
    if (inet_pton(AF_INET, name, &v4) == 1)
        return is_public_v4(ntohl(v4.s_addr));
    return strchr(name, '.') != NULL;
}

bool web_push_endpoint_is_good(const char *endpoint)
{
    if (strncmp(endpoint, "https://", 8) != 0 || strlen(endpoint) > ENDPOINT_MAX)
        return false;
    for (const char *p = endpoint; *p; p++)
        if (*p <= 0x20 || *p > 0x7e || *p == '\\')
            return false;
    return is_good_host(endpoint + 8, strcspn(endpoint + 8, "/?#"));
}

#ifdef HAVE_CURL /* its headers; the library itself is asked for by name, as mail_smtp.c does */

#define CURL_DISABLE_TYPECHECK /* curl_easy_setopt() is called through a pointer */
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>

#define TIMEOUT_MS 10000L

static struct {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_setopt) *set;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_getinfo) *info;
    __typeof__(curl_easy_cleanup) *cleanup;
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
              find(l, "curl_slist_append", &curl.append) && find(l, "curl_slist_free_all", &curl.free_all) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!is_open)
        log_error("web_push_library_missing name=libcurl.so.4");
}

bool web_push_send_is_built(void)
{
    return true;
}

static int may_go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const atomic_bool *stop = arg;

    (void)a, (void)b, (void)c, (void)d;
    return stop && atomic_load(stop);
}

static size_t drop(char *from, size_t size, size_t count, void *arg)
{
    (void)from, (void)arg;
    return size * count;
}

static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct config *config = arg;

    (void)purpose;
    if (!config->webpush_any_endpoint && !web_push_address_is_public(&to->addr))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static struct curl_slist *make_headers(const struct web_push_request *request)
{
    static const char *const fixed[] = {"Content-Encoding: aes128gcm", "Content-Type: application/octet-stream", "Urgency: high", "Expect:"};
    char line[1024];
    struct curl_slist *list = NULL, *more;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0] + 2; i++) {
        if (i == 0)
            snprintf(line, sizeof line, "Authorization: %s", request->authorization);
        else if (i == 1)
            snprintf(line, sizeof line, "TTL: %d", request->ttl_s);
        more = curl.append(list, i < 2 ? line : fixed[i - 2]);
        if (!more) {
            curl.free_all(list);
            return NULL;
        }
        list = more;
    }
    return list;
}

static enum web_push_answer judge(CURL *easy, CURLcode code, int *status_r, int64_t *retry_ms_r)
{
    long status = 0;
    curl_off_t retry_s = 0;

    if (code == CURLE_ABORTED_BY_CALLBACK)
        return WEB_PUSH_STOPPED;
    curl.info(easy, CURLINFO_RESPONSE_CODE, &status);
    curl.info(easy, CURLINFO_RETRY_AFTER, &retry_s);
    *status_r = (int)status;
    *retry_ms_r = retry_s > 0 && retry_s < 86400 ? (int64_t)retry_s * 1000 : 0;
    if (code != CURLE_OK || status == 429 || status >= 500)
        return WEB_PUSH_LATER;
    if (status >= 200 && status < 300)
        return WEB_PUSH_SENT;
    return status == 404 || status == 410 ? WEB_PUSH_GONE : WEB_PUSH_REFUSED;
}

enum web_push_answer web_push_send(const struct config *config, const struct web_push_request *request, const atomic_bool *stop, int *status_r, int64_t *retry_ms_r)
{
    enum web_push_answer answer = WEB_PUSH_LATER;
    struct curl_slist *headers;
    CURL *easy;

    *status_r = 0;
    *retry_ms_r = 0;
    pthread_once(&once, open_library);
    easy = is_open ? curl.init() : NULL;
    headers = easy ? make_headers(request) : NULL;
    if (headers) {
        curl.set(easy, CURLOPT_URL, request->endpoint);
        curl.set(easy, CURLOPT_PROTOCOLS_STR, config->webpush_any_endpoint ? "https,http" : "https");
        curl.set(easy, CURLOPT_PROXY, ""); /* whatever the environment says: the address must be ours to look at */
        curl.set(easy, CURLOPT_NOSIGNAL, 1L);
        curl.set(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
        curl.set(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
        curl.set(easy, CURLOPT_OPENSOCKETDATA, config);
        curl.set(easy, CURLOPT_HTTPHEADER, headers);
        curl.set(easy, CURLOPT_POST, 1L);
        curl.set(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_n);
        curl.set(easy, CURLOPT_POSTFIELDS, request->body);
        curl.set(easy, CURLOPT_WRITEFUNCTION, drop);
        curl.set(easy, CURLOPT_NOPROGRESS, 0L);
        curl.set(easy, CURLOPT_XFERINFOFUNCTION, may_go_on);
        curl.set(easy, CURLOPT_XFERINFODATA, stop);
        answer = judge(easy, curl.perform(easy), status_r, retry_ms_r);
    }
    if (headers)
        curl.free_all(headers);
    if (easy)
        curl.cleanup(easy);
    return answer;
}

#else

bool web_push_send_is_built(void)
{
    return false;
}

enum web_push_answer web_push_send(const struct config *config, const struct web_push_request *request, const atomic_bool *stop, int *status_r, int64_t *retry_ms_r)
{
    (void)config, (void)request, (void)stop;
    *status_r = 0;
    *retry_ms_r = 0;
    return WEB_PUSH_LATER;
}

#endif
