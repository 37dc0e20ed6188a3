/* other_door: what a FastCGI program does with a message, without HTTP: check, insert, commit, hint. For tests of pushd's other door.
 * other_door CONFIG COOKIE SESSION_ID COUNT [drop]: sends COUNT messages; `drop` sends no hints. Prints how many were stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/message.h"
#include "lib/chat/notify.h"

int main(int argc, char **argv)
{
    char error[512];
    struct config *config = argc >= 5 ? config_load(argv[1], error, sizeof error) : NULL;
    struct principal who;
    struct refusal refusal = {0};
    int stored = 0, count = argc >= 5 ? (int)strtol(argv[4], NULL, 10) : 0;

    log_start("other_door", LOG_WARN);
    if (!config || !token_start())
        return 1;
    counter_open(config);
    struct db *db = db_open(config);
    if (auth_by_cookie(db, config, argv[2], &who, &refusal) == OUTCOME_REFUSED)
        return 2;
    if (argc == 5)
        notify_open(config);
    for (int i = 0; i < count; i++) {
        char text[40];
        struct change change;
        int n = snprintf(text, sizeof text, "by the other door %d", i);
        struct message_draft draft = {.session_id = argv[3], .content = text, .content_len = (size_t)n};
        change_init(&change);
        if (message_send(db, &who, &draft, &change, &refusal) == OUTCOME_DONE) {
            stored++;
            if (argc == 5)
                notify_change(&change);
        }
        change_clear(&change);
    }
    if (argc == 5)
        notify_close();
    printf("%d\n", stored);
    db_close(&db);
    config_free(&config);
    return 0;
}
