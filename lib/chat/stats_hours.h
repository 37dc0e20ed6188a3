/* stats_hours: opening hours as the statistics need them: was this chat requested while the site was open? The rows of business_hour as they are now, in the
 * site's zone; those of a category go before those of its parent, and those before the ones for all. Without any row a site is always open. */
#ifndef SANGDAM_CHAT_STATS_HOURS_H
#define SANGDAM_CHAT_STATS_HOURS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct stats_hours;
struct zone;

/* NULL when the database is away or memory is out. zone (borrowed) must outlive it. code_refresh() came before. */
struct stats_hours *stats_hours_read(struct db *db, const struct zone *zone);
void stats_hours_free(struct stats_hours **hours);
/* hours NULL: true. */
bool stats_hours_has(const struct stats_hours *hours, int32_t category_id, int64_t wall_ms);

#endif
