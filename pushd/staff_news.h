/* staff_news: the clock of lib/chat/agent_state.h and of lib/chat/routing.h, and what is new of it told on /topic/chat/presence. Each node reads the states itself: whoever changed
 * one, by whichever door, it is told everywhere within a second. The first loop's. */
#ifndef SANGDAM_PUSHD_STAFF_NEWS_H
#define SANGDAM_PUSHD_STAFF_NEWS_H

struct push;
struct staff_news;

struct staff_news *staff_news_new(struct push *push);
void staff_news_free(struct staff_news **s);
/* Once a second. */
void staff_news_tick(struct staff_news *s);

#endif
