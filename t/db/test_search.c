/* Searching in chats that are over: before and after they are entered, with edits and deletions, filters, pages; the index against the texts, and what is found
 * against LIKE. The database holds 300 generated chats (search.t). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/search.h"
#include "lib/chat/search_compare.h"
#include "lib/chat/search_index.h"
#include "lib/chat/session.h"

#define WORDS_COMPARED 300

static struct config *config;
static struct db *db;
static struct change change;
static struct refusal refusal;
static struct search_found found;
static struct principal agent, other_agent, customer;

static struct principal new_member(enum role role, const char *name)
{
    struct principal p = {.role = role};
    const int64_t now = clock_wall_ms();

    snprintf(p.nickname, sizeof(p.nickname), "%s", name);
    assert_true(db_exec(db, "INSERT INTO member (nickname, gubun, status, cdate, udate) VALUES (?,?,1,?,?)",
                        DB_ARGS(db_text(name), db_int(role_gubun(role)), db_time(now), db_time(now)), NULL));
    p.member_id = db_insert_id(db);
    return p;
}

static int set_up(void **state)
{
    char error[200], pair[300];
    const char *pairs[1] = {pair};

    (void)state;
    snprintf(pair, sizeof(pair), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_search", LOG_ERROR);
    config = config_load_pairs((const char *const[]){pairs[0], "db_user=root"}, 2, error, sizeof(error));
    if (!config || !token_start())
        return -1;
    db = db_open(config);
    if (!code_refresh(db))
        return -1;
    agent = new_member(ROLE_AGENT, "상담사");
    other_agent = new_member(ROLE_AGENT, "다른 상담사");
    customer = new_member(ROLE_CUSTOMER, "홍길동 Hong");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    search_found_clear(&found);
    change_clear(&change);
    db_close(&db);
    config_free(&config);
    return 0;
}

#define DO(call) (change_clear(&change), (call))

static int32_t say(const struct principal *who, const char *id, const char *text)
{
    const struct message_draft draft = {.session_id = id, .content = text, .content_len = strlen(text)};

    assert_int_equal(DO(message_send(db, who, &draft, &change, &refusal)), OUTCOME_DONE);
    return change.rows[change.nrows - 1].seq;
}

/* A chat that goes on, with one message of its customer; the seq of it. */
static int32_t begin_chat(const struct principal *who, const struct principal *by, const char *text, char id_r[UUID_TEXT_SIZE])
{
    assert_int_equal(DO(session_request(db, who, 200, "영수증 질문", &change, &refusal)), OUTCOME_DONE);
    memcpy(id_r, change.session.session_id, UUID_TEXT_SIZE);
    assert_int_equal(DO(session_accept(db, by, id_r, &change, &refusal)), OUTCOME_DONE);
    return say(who, id_r, text);
}

static void end_chat(const struct principal *by, const char *id)
{
    assert_int_equal(DO(session_end(db, by, id, EXIT_SOLVED, &change, &refusal)), OUTCOME_DONE);
}

static void fill(void)
{
    struct search_filled done;

    assert_int_equal(search_fill(db, INT64_MAX, &done), OUTCOME_DONE);
    assert_false(done.is_unfinished);
}

static struct session_filter filter_of(const char *words)
{
    return (struct session_filter){.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1, .limit = 20, .search = words};
}

static size_t look(const struct session_filter *filter)
{
    search_found_clear(&found);
    assert_int_equal(search_chats(db, &agent, filter, &found, &refusal), OUTCOME_DONE);
    return found.n;
}

static size_t count(const char *words)
{
    const struct session_filter filter = filter_of(words);

    return look(&filter);
}

static void found_as_soon_as_it_is_over(void **state)
{
    char id[UUID_TEXT_SIZE];
    int32_t seq = begin_chat(&customer, &agent, "안녕하세요 <b>특별낱말</b>을 찾습니다 ABCdef", id);

    (void)state;
    fill();
    assert_int_equal(count("특별낱말"), 0); /* goes on */
    end_chat(&agent, id);
    for (int turn = 0; turn < 2; turn++) { /* before it is entered, and after */
        assert_int_equal(count("별낱"), 1);
        assert_string_equal(found.list[0].session_id, id);
        assert_int_equal(found.hits[0].seq, seq);
        assert_int_equal(found.hits[0].sender_type, 'M');
        assert_non_null(strstr(found.hits[0].text, "<b>특별낱말</b>"));
        assert_int_equal(found.total, 1);
        assert_false(found.is_about || found.is_behind);
        assert_int_equal(found.next, 0);
        assert_int_equal(count("abcDEF 특별낱말"), 1);
        assert_int_equal(count("낱말특별"), 0);
        assert_int_equal(count("특별낱말 없는말"), 0);
        assert_int_equal(count("길동 특별낱말 영수증"), 1); /* name, message, title */
        assert_int_equal(count("50%_"), 0);
        fill();
    }
    assert_true(count("영수증") == 1 && found.hits[0].seq == 0); /* the title alone */
}

static void edited_and_deleted_texts_are_gone(void **state)
{
    char id[UUID_TEXT_SIZE];
    int32_t seq = begin_chat(&customer, &agent, "처음말입니다", id), second = say(&agent, id, "지울말입니다");

    (void)state;
    end_chat(&agent, id);
    fill();
    assert_int_equal(count("처음말"), 1);
    assert_int_equal(count("지울말"), 1);
    assert_int_equal(DO(message_revise(db, config, &customer, id, seq, "고친말입니다", strlen("고친말입니다"), &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(message_revise(db, config, &agent, id, second, NULL, 0, &change, &refusal)), OUTCOME_DONE);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(count("처음말"), 0);
        assert_int_equal(count("지울말"), 0);
        assert_int_equal(count("고친말"), 1);
        assert_int_equal(found.hits[0].seq, seq);
        fill();
    }
}

static void filters_and_words_together(void **state)
{
    struct principal rare = new_member(ROLE_CUSTOMER, "김보기 rare@");
    struct session_filter filter;
    char id[UUID_TEXT_SIZE];

    (void)state;
    begin_chat(&rare, &other_agent, "거르기낱말 하나", id);
    end_chat(&other_agent, id);
    begin_chat(&customer, &agent, "거르기낱말 둘", id);
    end_chat(&agent, id);
    assert_true(db_exec(db, "INSERT INTO rating (session_no, score, cdate) SELECT session_no, 2, cdate FROM chat_session WHERE session_id = ?", DB_ARGS(db_text(id)), NULL));
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(count("거르기낱말"), 2);
        assert_string_equal(found.list[0].session_id, id); /* newest first */
        filter = filter_of("거르기낱말");
        filter.admin_id = other_agent.member_id;
        assert_int_equal(look(&filter), 1);
        filter.exit_reason_id = EXIT_JUST_EXIT;
        assert_int_equal(look(&filter), 0);
        filter = filter_of("거르기낱말");
        filter.score = 2;
        assert_int_equal(look(&filter), 1);
        filter = filter_of("거르기낱말");
        filter.member_id = rare.member_id;
        assert_int_equal(look(&filter), 1);
        filter = filter_of("거르기낱말");
        filter.customer = "보기 RARE";
        assert_int_equal(look(&filter), 1);
        filter.search = NULL;
        assert_int_equal(look(&filter), 1);
        filter.customer = "_";
        assert_int_equal(look(&filter), 0);
        filter = filter_of("거르기낱말");
        filter.to_ms = clock_wall_ms() - 86400000;
        assert_int_equal(look(&filter), 0);
        filter.to_ms = clock_wall_ms() + 1000;
        filter.from_ms = clock_wall_ms() - 86400000;
        assert_int_equal(look(&filter), 2);
        fill();
    }
}

/* The common "니다" page by page, by cursor and by offset: each chat once, newest first. */
static void pages(void **state)
{
    struct session_filter filter = filter_of("니다");
    int64_t before = INT64_MAX, all = 0;

    (void)state;
    do {
        look(&filter);
        for (size_t i = 0; i < found.n; i++) {
            assert_true(found.list[i].session_no < before);
            before = found.list[i].session_no;
        }
        all += (int64_t)found.n;
        assert_true(found.n == 20 || !found.next);
        filter.cursor = found.next;
    } while (filter.cursor);
    assert_true(all > 60);
    filter.offset = 40;
    look(&filter);
    assert_int_equal(found.n, 20);
    assert_true(found.is_about && found.total >= all);
    filter.offset = (int)all - 5;
    look(&filter);
    assert_int_equal(found.n, 5);
    assert_true(!found.is_about && found.total == all);
}

static void say_difference(void *context, const char *word, size_t n, size_t like)
{
    (void)context;
    print_message("# %s: %zu found, %zu by LIKE\n", word, n, like);
}

static void the_same_as_like(void **state)
{
    struct search_compared compared;

    (void)state;
    assert_int_equal(search_compare(db, WORDS_COMPARED, 7, say_difference, NULL, &compared), OUTCOME_DONE);
    assert_int_equal(compared.words, WORDS_COMPARED);
    assert_true(compared.chats > WORDS_COMPARED);
    assert_int_equal(compared.differences, 0);
}

static void say_missing(void *context, int64_t session_no, int64_t token)
{
    (void)context;
    (void)session_no;
    (void)token;
}

static void verified_and_made_anew(void **state)
{
    struct search_checked checked;
    struct search_filled done;

    (void)state;
    assert_int_equal(search_verify(db, say_missing, NULL, &checked), OUTCOME_DONE);
    assert_true(checked.chats > 300 && checked.due == 0 && checked.missing == 0 && checked.tokens > 1000);
    assert_true(db_exec(db, "UPDATE search_token SET chats = 0 WHERE token = ?", DB_ARGS(db_int((INT64_C(0xB2C8) << 21) | 0xB2E4)), NULL)); /* 니다 */
    assert_int_equal(search_verify(db, say_missing, NULL, &checked), OUTCOME_DONE);
    assert_true(checked.missing > 0);
    assert_int_equal(search_rebuild(db, &done), OUTCOME_DONE);
    assert_int_equal(done.chats, checked.chats);
    assert_int_equal(search_verify(db, say_missing, NULL, &checked), OUTCOME_DONE);
    assert_int_equal(checked.missing, 0);
}

/* Whoever else has the claim is left alone, until it runs out. */
static void one_at_a_time(void **state)
{
    const int64_t now = clock_wall_ms();
    char id[UUID_TEXT_SIZE];
    struct search_filled done;

    (void)state;
    begin_chat(&customer, &agent, "기다리는낱말", id);
    end_chat(&agent, id);
    assert_true(db_exec(db, "UPDATE search_state SET claim = UUID(), claim_until = ?", DB_ARGS(db_time(now + 60000)), NULL));
    assert_int_equal(search_fill(db, INT64_MAX, &done), OUTCOME_DONE);
    assert_int_equal(done.chats, 0);
    assert_int_equal(count("기다리는낱말"), 1); /* all the same */
    assert_true(db_exec(db, "UPDATE search_state SET claim_until = ?", DB_ARGS(db_time(now - 1)), NULL));
    assert_int_equal(search_fill(db, INT64_MAX, &done), OUTCOME_DONE);
    assert_int_equal(done.chats, 1);
}

static void too_many_words(void **state)
{
    const struct session_filter filter = filter_of("1 2 3 4 5 6 7 8 9 a b c d e f g h");

    (void)state;
    search_found_clear(&found);
    assert_int_equal(search_chats(db, &agent, &filter, &found, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_as_soon_as_it_is_over),
        cmocka_unit_test(edited_and_deleted_texts_are_gone),
        cmocka_unit_test(filters_and_words_together),
        cmocka_unit_test(pages),
        cmocka_unit_test(the_same_as_like),
        cmocka_unit_test(verified_and_made_anew),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(too_many_words),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
