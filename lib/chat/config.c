#include "lib/chat/config.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"
#include "lib/chat/config_value.h"

#define RUN_PREFIX "RUN/" /* in a default: run_dir's value */
#define REASON_SIZE 160

enum key_type { KEY_TEXT, KEY_DURATION, KEY_SIZE, KEY_COUNT, KEY_SWITCH, KEY_RATE };

struct key {
    const char *name;
    enum key_type type;
    size_t offset; /* of its field in struct config */
    const char *def;
    int64_t min;
    int64_t max;
    const char *text;
};

static const struct key keys[] = {
#define CONFIG(type, name, def, min, max, text) {#name, KEY_##type, offsetof(struct config, name), def, min, max, text},
#include "lib/chat/config_table.h"
#undef CONFIG
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* What a TEXT must also be. */
struct text_rule {
    const char *name;
    bool (*is_good)(const char *s);
    const char *reason;
};

/* A struct config on its way. */
struct making {
    struct config *c;
    bool seen[KEYS];
    const struct key *last; /* the key of the latest line: an indented line goes on with it */
    char reason[REASON_SIZE + 48]; /* "key: " before it */
};

/* ---- rules for texts ---- */

static bool is_log_level(const char *s)
{
    return strcmp(s, "debug") == 0 || strcmp(s, "info") == 0 || strcmp(s, "warn") == 0 || strcmp(s, "error") == 0;
}

static bool is_file_send(const char *s)
{
    return strcmp(s, "accel") == 0 || strcmp(s, "stream") == 0;
}

static bool is_writer(const char *s)
{
    return strcmp(s, "batch") == 0 || strcmp(s, "plain") == 0;
}

static bool is_routing(const char *s)
{
    return strcmp(s, "pull") == 0 || strcmp(s, "least-busy") == 0 || strcmp(s, "round-robin") == 0 || strcmp(s, "last-agent") == 0;
}

static bool is_socket_path(const char *s)
{
    return *s && strlen(s) < sizeof(((struct sockaddr_un *)0)->sun_path);
}

static bool is_not_empty(const char *s)
{
    return *s != '\0';
}

static bool is_smtp_tls(const char *s)
{
    return strcmp(s, "need") == 0 || strcmp(s, "try") == 0 || strcmp(s, "off") == 0;
}

static bool is_smtp_url(const char *s)
{
    return !*s || strncmp(s, "smtp://", 7) == 0 || strncmp(s, "smtps://", 8) == 0;
}

/* Goes into a header and an SMTP command as it is. */
static bool is_mail_address(const char *s)
{
    const char *at = strchr(s, '@');

    if (!*s)
        return true;
    for (const char *p = s; *p; p++)
        if (*p <= 0x20 || *p > 0x7e || strchr("<>()[]\\,;:\"", *p))
            return false;
    return at && at > s && at[1] && !strchr(at + 1, '@') && strlen(s) <= 254;
}

static bool is_mail_list(const char *s)
{
    for (size_t n; *(s += strspn(s, " \t")); s += n) {
        char one[255];

        n = strcspn(s, " \t");
        if (n >= sizeof one)
            return false;
        memcpy(one, s, n);
        one[n] = '\0';
        if (!is_mail_address(one))
            return false;
    }
    return true;
}

static bool is_site_url(const char *s)
{
    size_t n = strlen(s);

    return !n || ((strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0) && s[n - 1] != '/' && !strpbrk(s, " \t\"<>"));
}

/* The name becomes a path below the zone folder, so it must not climb. */
static bool is_zone(const char *s)
{
    return *s && *s != '/' && !strstr(s, "..") &&
           s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == '\0';
}

/* "https://example.com https://example.com:8443": as browsers send them, so without a path or a slash behind. */
static bool are_origins(const char *s)
{
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t n = strcspn(s, " "), scheme = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;

        if (!scheme || n == scheme || memchr(s + scheme, '/', n - scheme))
            return false;
        s += n;
    }
    return true;
}

static const struct text_rule text_rules[] = {
    {"allowed_origins", are_origins, "origins are http://HOST or https://HOST, with :PORT where it isn't the usual one"},
    {"db_name", is_not_empty, "must not be empty"},
    {"file_send", is_file_send, "must be accel or stream"},
    {"log_level", is_log_level, "must be debug, info, warn or error"},
    {"mail_from", is_mail_address, "must be one address, as chat@example.org"},
    {"notify_socket", is_socket_path, "a socket's path has 1 to 107 bytes"},
    {"pushd_socket", is_socket_path, "a socket's path has 1 to 107 bytes"},
    {"run_dir", is_not_empty, "must not be empty"},
    {"site_url", is_site_url, "must be https://HOST without a slash behind"},
    {"smtp_tls", is_smtp_tls, "must be need, try or off"},
    {"smtp_url", is_smtp_url, "must be smtp://HOST:PORT or smtps://HOST:PORT"},
    {"timezone", is_zone, "must be the name of an IANA zone, as Asia/Seoul"},
    {"unanswered_mail_to", is_mail_list, "must be addresses, separated by spaces"},
    {"routing", is_routing, "must be pull, least-busy, round-robin or last-agent"},
    {"writer", is_writer, "must be batch or plain"},
};

/* Lists separated by spaces may go on in indented lines. */
static bool is_list(const struct key *key)
{
    return strcmp(key->name, "allowed_origins") == 0 || strcmp(key->name, "trusted_proxies") == 0 || strcmp(key->name, "unanswered_mail_to") == 0;
}

/* ---- one value ---- */

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void *field(struct config *c, const struct key *key)
{
    return (char *)c + key->offset;
}

static bool reject(struct making *m, const char *name, const char *why)
{
    snprintf(m->reason, sizeof(m->reason), "%.40s: %s", name, why);
    return false;
}

static bool set_text(struct making *m, const struct key *key, const char *value)
{
    const char **at = field(m->c, key);
    char *copy;

    if (!utf8_is_valid(value, strlen(value)))
        return reject(m, key->name, "is not UTF-8");
    for (size_t i = 0; i < sizeof(text_rules) / sizeof(text_rules[0]); i++)
        if (strcmp(text_rules[i].name, key->name) == 0 && !text_rules[i].is_good(value))
            return reject(m, key->name, text_rules[i].reason);
    copy = strdup(value);
    if (!copy)
        return reject(m, key->name, "out of memory");
    free((char *)*at);
    *at = copy;
    return true;
}

static void put_number(const struct key *key, int64_t v, char out[CONFIG_VALUE_TEXT_SIZE])
{
    if (key->type == KEY_DURATION)
        config_value_put_duration(v, out);
    else if (key->type == KEY_SIZE)
        config_value_put_size(v, out);
    else
        snprintf(out, CONFIG_VALUE_TEXT_SIZE, "%" PRId64, v);
}

static bool check_range(struct making *m, const struct key *key, int64_t v)
{
    char least[CONFIG_VALUE_TEXT_SIZE], most[CONFIG_VALUE_TEXT_SIZE], why[96];

    if (v >= key->min && v <= key->max)
        return true;
    put_number(key, key->min, least);
    put_number(key, key->max, most);
    snprintf(why, sizeof(why), "must lie within %s and %s", least, most);
    return reject(m, key->name, why);
}

static bool set_value(struct making *m, const struct key *key, const char *value)
{
    void *at = field(m->c, key);
    struct config_rate *rate = at;

    switch (key->type) {
    case KEY_TEXT:
        return set_text(m, key, value);
    case KEY_DURATION:
        if (!config_value_duration(value, at))
            return reject(m, key->name, "must be a time with its unit, as 250ms, 15s, 5m, 2h or 30d");
        return check_range(m, key, *(int64_t *)at);
    case KEY_SIZE:
        if (!config_value_size(value, at))
            return reject(m, key->name, "must be a size in bytes, as 4096, 64k or 10m");
        return check_range(m, key, *(int64_t *)at);
    case KEY_COUNT:
        if (!config_value_count(value, at))
            return reject(m, key->name, "must be a whole number");
        return check_range(m, key, *(int64_t *)at);
    case KEY_SWITCH:
        return config_value_switch(value, at) || reject(m, key->name, "must be on or off");
    case KEY_RATE:
        if (!config_value_rate(value, rate))
            return reject(m, key->name, "must be events in a time, as 30/10s");
        return check_range(m, key, rate->count);
    }
    return false;
}

static bool set_pair(struct making *m, const char *name, const char *value)
{
    const struct key *key = find_key(name);

    m->last = key;
    if (!key)
        return reject(m, log_value(name), "is no known key");
    if (m->seen[key - keys])
        return reject(m, key->name, "is given twice");
    m->seen[key - keys] = true;
    return set_value(m, key, value);
}

static bool append_to_list(struct making *m, const char *value)
{
    struct buf whole = BUF_INIT;
    bool ok;

    if (!m->last || !is_list(m->last))
        return reject(m, m->last ? m->last->name : "this", "only a list goes on in an indented line");
    if (strchr(value, '='))
        return reject(m, m->last->name, "a key must stand at the line's beginning; an indented line continues the one above");
    buf_printf(&whole, "%s %s", *(const char **)field(m->c, m->last), value);
    ok = !buf_failed(&whole) ? set_text(m, m->last, buf_str(&whole)) : reject(m, m->last->name, "out of memory");
    buf_free(&whole);
    return ok;
}

/* ---- the whole ---- */

static bool start_making(struct making *m)
{
    *m = (struct making){.c = calloc(1, sizeof(struct config))};
    return m->c != NULL;
}

/* Gives the keys that nobody named their defaults. run_dir is the table's first, so it is known when others ask for it. */
static bool fill_defaults(struct making *m)
{
    struct buf path = BUF_INIT;
    bool ok = true;

    for (size_t i = 0; i < KEYS && ok; i++) {
        const char *def = keys[i].def;

        if (m->seen[i])
            continue;
        if (keys[i].type == KEY_TEXT && strncmp(def, RUN_PREFIX, strlen(RUN_PREFIX)) == 0) {
            buf_reset(&path);
            buf_printf(&path, "%s/%s", m->c->run_dir, def + strlen(RUN_PREFIX));
            def = buf_str(&path);
            ok = !buf_failed(&path) || reject(m, keys[i].name, "out of memory");
        }
        ok = ok && set_value(m, &keys[i], def);
    }
    buf_free(&path);
    return ok;
}

void config_free(struct config **c)
{
    if (!*c)
        return;
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].type == KEY_TEXT)
            free(*(char **)field(*c, &keys[i]));
    free((char *)(*c)->path);
    free(*c);
    *c = NULL;
}

/* ---- a file ---- */

/* inih asks for lines here. What it would pass over in silence (sections, comments behind values, lines longer than its
 * buffer, a colon for "=") is refused before it sees it, so that no value is ever cut or changed unnoticed. */
struct file {
    struct making making;
    FILE *f;
    int line;
    bool indented;
    bool failed;
};

static bool fail_line(struct file *file, const char *why)
{
    snprintf(file->making.reason, sizeof(file->making.reason), "%s", why);
    file->failed = true;
    return false;
}

static bool check_line(struct file *file, const char *s)
{
    const char *first = s + strspn(s, " \t"), *at;

    if (file->line == 1 && strncmp(first, "\xEF\xBB\xBF", 3) == 0)
        first += 3;
    file->indented = *s == ' ' || *s == '\t';
    if (strchr("#;\r\n", *first)) /* a comment, or nothing (its NUL matches, too) */
        return true;
    if (*first == '[')
        return fail_line(file, "there are no sections: `key = value` lines only");
    if (!file->indented && first[strcspn(first, "=:")] != '=')
        return fail_line(file, "`key = value` is expected");
    for (at = strchr(first, ';'); at; at = strchr(at + 1, ';'))
        if (at > first && (at[-1] == ' ' || at[-1] == '\t'))
            return fail_line(file, "a comment needs a line of its own");
    return true;
}

static char *next_line(char *out, int size, void *stream)
{
    struct file *file = stream;
    int n = 0, c = 0;

    if (file->failed)
        return NULL;
    file->line++;
    while (n < size - 1 && c != '\n' && (c = getc(file->f)) != EOF) {
        if (c == '\0') {
            fail_line(file, "NUL byte");
            return NULL;
        }
        out[n++] = (char)c;
    }
    out[n] = '\0';
    if (n == 0 && ferror(file->f)) {
        fail_line(file, strerror(errno));
        return NULL;
    }
    if (n == size - 1 && c != '\n') {
        fail_line(file, "the line is too long (lists may go on in indented lines)");
        return NULL;
    }
    return n && check_line(file, out) ? out : NULL;
}

static int on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct file *file = user;
    bool ok;

    (void)section; /* check_line() let none pass */
    if (file->failed)
        return 0;
    if (file->indented && file->making.last)
        ok = append_to_list(&file->making, value);
    else
        ok = set_pair(&file->making, name, value);
    file->failed = !ok;
    return ok;
}

static bool read_file(struct file *file, const char *path, char *error, size_t error_size)
{
    file->f = fopen(path, "re");
    if (!file->f) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    ini_parse_stream(next_line, file, on_pair, file);
    fclose(file->f);
    if (file->failed) {
        snprintf(error, error_size, "%s:%d: %s", path, file->line, file->making.reason);
        return false;
    }
    file->making.c->path = strdup(path);
    if (!file->making.c->path) {
        snprintf(error, error_size, "%s: out of memory", path);
        return false;
    }
    return true;
}

struct config *config_load(const char *path, char *error, size_t error_size)
{
    struct file file = {0};

    if (!start_making(&file.making)) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    if (path && !read_file(&file, path, error, error_size))
        goto free_config;
    if (!fill_defaults(&file.making)) {
        snprintf(error, error_size, "%s: %s", path ? path : "defaults", file.making.reason);
        goto free_config;
    }
    return file.making.c;

free_config:
    config_free(&file.making.c);
    return NULL;
}

/* ---- pairs ---- */

static bool set_joined_pair(struct making *m, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char name[64];

    if (!equals || equals == pair || (size_t)(equals - pair) >= sizeof(name))
        return reject(m, log_value(pair), "key=value is expected");
    memcpy(name, pair, (size_t)(equals - pair));
    name[equals - pair] = '\0';
    return set_pair(m, name, equals + 1);
}

struct config *config_load_pairs(const char *const *pairs, size_t n, char *error, size_t error_size)
{
    struct making m;

    if (!start_making(&m)) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!set_joined_pair(&m, pairs[i])) {
            snprintf(error, error_size, "%s", m.reason);
            goto free_config;
        }
    }
    if (!fill_defaults(&m)) {
        snprintf(error, error_size, "%s", m.reason);
        goto free_config;
    }
    return m.c;

free_config:
    config_free(&m.c);
    return NULL;
}

bool config_check_pair(const char *key, const char *value, char *error, size_t error_size)
{
    struct making m;
    bool ok = start_making(&m) && set_pair(&m, key, value);

    if (!ok)
        snprintf(error, error_size, "%s", m.c ? m.reason : "out of memory");
    config_free(&m.c);
    return ok;
}

/* ---- the sample ---- */

static void print_range(FILE *out, const struct key *key)
{
    char least[CONFIG_VALUE_TEXT_SIZE], most[CONFIG_VALUE_TEXT_SIZE];

    if (key->type == KEY_SWITCH)
        fputs(" (on or off)", out);
    if (key->type == KEY_RATE)
        fputs(" (events/time)", out);
    if (key->type != KEY_DURATION && key->type != KEY_SIZE && key->type != KEY_COUNT)
        return;
    put_number(key, key->min, least);
    put_number(key, key->max, most);
    fprintf(out, " (%s to %s)", least, most);
}

void config_print_sample(FILE *out)
{
    const char *run_dir = keys[0].def;

    fputs("# The configuration of sangdam: one `key = value` a line. Each key is shown with its default; remove the # to change it.\n"
          "# Times have a unit (ms s m h d), sizes may have one (k m g). `sangdam-pushd -t` and each program's -t check the file.\n",
          out);
    for (size_t i = 0; i < KEYS; i++) {
        bool in_run_dir = strncmp(keys[i].def, RUN_PREFIX, strlen(RUN_PREFIX)) == 0;

        fprintf(out, "\n# %s", keys[i].text);
        print_range(out, &keys[i]);
        fprintf(out, "\n#%s =", keys[i].name);
        if (in_run_dir)
            fprintf(out, " %s/%s", run_dir, keys[i].def + strlen(RUN_PREFIX));
        else if (*keys[i].def)
            fprintf(out, " %s", keys[i].def);
        fputc('\n', out);
    }
}

bool config_has_nodes(const struct config *c)
{
    return c->redis_socket[0] || c->redis_host[0];
}
