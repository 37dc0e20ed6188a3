/* verb_connect: who is it? CONNECT's own credentials win over the handshake's (contract.md, Signing in): login and passcode, a passcode alone
 * (a bearer token), an Authorization header, else the handshake's Authorization, else its cookie.
 *
 * Cookies and tokens are looked up together, as many as wait; a password is a slow job of its own. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/log.h"
#include "lib/chat/auth.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/message.h"
#include "pushd/conn.h"
#include "pushd/gather.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/rights.h"
#include "pushd/roster.h"
#include "pushd/staff_online.h"
#include "pushd/verb.h"

struct connect_job {
    struct job job;
    struct conn *conn;
    char *login, *secret; /* owned, wiped */
    char address[64];
    enum credential credential;
    uint32_t beat_ms;
    uint32_t rights_turn; /* when it began */
    enum stomp_version version;
    enum outcome outcome;
    struct auth_claim claim; /* who it is; its secret, of a cookie or a token, is ours */
    char epoch[UUID_TEXT_SIZE];
};

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

static void job_free(struct connect_job *j)
{
    wipe(&j->secret);
    free(j->login);
    free(j);
}

/* A token with a scope (stats:read) is for that alone. */
static bool may_chat(const struct principal *who)
{
    return !who->scope[0] || strstr(who->scope, "chat");
}

static bool is_in(const struct connect_job *j)
{
    return j->outcome == OUTCOME_DONE || j->outcome == OUTCOME_SAME;
}

/* What CONNECTED says, and what the verbs need, is read once for all who may come in. */
static void read_epoch(struct connect_job **list, size_t n, struct db *db)
{
    char epoch[UUID_TEXT_SIZE];
    bool is_there;

    code_refresh(db);
    is_there = message_epoch(db, epoch);
    for (size_t i = 0; i < n; i++) {
        memcpy(list[i]->epoch, epoch, sizeof epoch);
        if (!is_there)
            list[i]->outcome = OUTCOME_AWAY;
    }
}

static void run_password(struct job *job, struct db *db)
{
    struct connect_job *j = (struct connect_job *)job;
    struct refusal refusal = {0};

    j->outcome = auth_by_password(db, push_config(j->conn->push), j->login, j->secret, j->address, &j->claim.who, &refusal);
    if (is_in(j))
        read_epoch(&j, 1, db);
}

static void run_many(struct job **jobs, size_t n, struct db *db)
{
    struct auth_claim *claims[GATHER_MAX];
    struct connect_job *in[GATHER_MAX];
    size_t ins = 0;

    for (size_t i = 0; i < n; i++)
        claims[i] = &((struct connect_job *)jobs[i])->claim;
    auth_by_secrets(db, push_config(jobs[0]->push), claims, n);
    for (size_t i = 0; i < n; i++) {
        struct connect_job *j = (struct connect_job *)jobs[i];

        j->outcome = j->claim.outcome;
        if (is_in(j) && !may_chat(&j->claim.who))
            j->outcome = OUTCOME_REFUSED;
        if (is_in(j))
            in[ins++] = j;
    }
    if (ins > 0)
        read_epoch(in, ins, db);
}

static void send_connected(struct conn *conn, const struct connect_job *j)
{
    struct buf b = BUF_INIT;
    char session[UUID_TEXT_SIZE];
    struct stomp_pair epoch = {"epoch", j->epoch};
    struct stomp_connected c = {.version = j->version, .sx = 10000, .sy = 10000, .session = session, .server = "sangdam/" PACKAGE_VERSION,
                                .user_name = j->claim.who.nickname, .extra = &epoch, .extra_count = 1};

    uuid_new(session);
    stomp_encode_connected(&b, &c);
    if (buf_failed(&b))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else
        conn_send_raw(conn, b.p, b.len);
    buf_free(&b);
}

static void let_in(struct conn *conn, struct connect_job *j)
{
    const struct config *config = push_config(conn->push);
    enum roster_answer answer = roster_come(push_roster(conn->push), j->claim.who.member_id, j->claim.who.role,
                                            config->limits ? config->connections_per_account : INT64_MAX);
    struct account *account;

    if (answer == ROSTER_FULL) {
        metric_add(push_metrics(conn->push), METRIC_limit_account, 1);
        conn_error(conn, WS_CLOSE_POLICY, "too many connections of this account", NULL, NULL);
        return;
    }
    account = account_take(push_accounts(conn->push), &j->claim.who);
    if (!account) {
        roster_go(push_roster(conn->push), j->claim.who.member_id, loop_now(push_loop(conn->push)));
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    account_link(account, conn);
    push_set_epoch(conn->push, j->epoch);
    conn->credential = (uint8_t)j->credential;
    conn->beat_ms = j->beat_ms;
    conn->stomp.version = (uint8_t)j->version;
    conn->state = CONN_LIVE;
    if (j->credential == CREDENTIAL_BEARER && (!conn->bearer || strcmp(conn->bearer, j->secret) != 0)) {
        wipe(&conn->bearer);
        conn->bearer = strdup(j->secret);
    }
    send_connected(conn, j);
    if (j->rights_turn != rights_turn(push_rights(conn->push)))
        rights_check_member(push_rights(conn->push), account->member_id);
    if (answer == ROSTER_FIRST && role_is_staff(account->role))
        staff_online_came(conn->push);
}

static void on_done(struct task *task)
{
    struct connect_job *j = (struct connect_job *)task;
    struct conn *conn = j->conn;

    conn->is_checking = false;
    if (conn->state == CONN_CHECKING) {
        if (is_in(j)) {
            let_in(conn, j);
        } else if (j->outcome == OUTCOME_REFUSED) {
            metric_add(push_metrics(conn->push), METRIC_connects_refused, 1);
            conn_error(conn, WS_CLOSE_POLICY, "authentication failed", NULL, NULL);
        } else {
            conn_error(conn, 1013, "the service is away, try again", NULL, NULL);
        }
        if (conn_is_up(conn))
            conn_resume(conn);
    }
    job_free(j);
    conn_release(conn);
}

/* The token of "Bearer TOKEN", NULL when it is another scheme. */
static const char *bearer_of(const char *authorization)
{
    if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
        return NULL;
    return authorization + 7 + strspn(authorization + 7, " ");
}

static const char *choose(const struct conn *conn, const struct stomp_frame *frame, struct connect_job *j)
{
    const char *login = stomp_header(frame, "login");
    const char *passcode = stomp_header(frame, "passcode");
    const char *authorization = stomp_header(frame, "Authorization");

    if (!authorization)
        authorization = stomp_header(frame, "authorization");
    if (login && *login) {
        j->credential = CREDENTIAL_PASSWORD;
        j->login = strdup(login);
        return j->login ? (passcode ? passcode : "") : NULL;
    }
    j->credential = CREDENTIAL_BEARER;
    if (passcode && *passcode)
        return passcode;
    if (authorization)
        return bearer_of(authorization);
    if (conn->bearer)
        return conn->bearer;
    j->credential = CREDENTIAL_COOKIE;
    return conn->cookie;
}

static const struct gather_kind together = {.place = GATHER_CONNECT, .run = run_many};

void verb_connect(struct conn *conn, struct stomp_frame *frame)
{
    enum stomp_version version = stomp_negotiate(stomp_header(frame, "accept-version"));
    uint32_t cx, cy;
    struct connect_job *j;
    const char *secret;

    if (version == STOMP_NO_VERSION) {
        conn_error(conn, WS_CLOSE_PROTOCOL, "version", NULL, "Supported versions are " STOMP_VERSIONS);
        return;
    }
    if (!stomp_heartbeat_parse(stomp_header(frame, "heart-beat"), &cx, &cy)) {
        verb_fault(conn, frame, "malformed heart-beat");
        return;
    }
    j = calloc(1, sizeof *j);
    if (!j) {
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    secret = choose(conn, frame, j);
    j->secret = secret ? strdup(secret) : NULL;
    if (!j->secret) {
        metric_add(push_metrics(conn->push), METRIC_connects_refused, 1);
        conn_error(conn, WS_CLOSE_POLICY, "authentication failed", NULL, NULL);
        job_free(j);
        return;
    }
    j->job.task.on_done = on_done;
    j->conn = conn;
    j->version = version;
    j->beat_ms = stomp_heartbeat_clamp(cy);
    j->outcome = OUTCOME_AWAY;
    j->rights_turn = rights_turn(push_rights(conn->push));
    snprintf(j->address, sizeof j->address, "%s", address_text(conn->address));
    conn->state = CONN_CHECKING; /* state_ms stays: connect_timeout counts from the upgrade */
    conn->is_checking = true;
    conn_pause(conn);
    conn_hold(conn);
    if (j->credential == CREDENTIAL_PASSWORD) {
        j->job.run = run_password;
        job_add_slow(conn->push, &j->job);
    } else {
        j->claim = (struct auth_claim){.secret = j->secret, .is_bearer = j->credential == CREDENTIAL_BEARER};
        gather_add(conn->push, &together, &j->job);
    }
}
