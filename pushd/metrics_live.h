/* metrics_live: the figures of now (lib/chat/stats.h) for Prometheus: the same that /stats/live and the dashboard show. */
#ifndef SANGDAM_PUSHD_METRICS_LIVE_H
#define SANGDAM_PUSHD_METRICS_LIVE_H

struct buf;
struct stats_live;

/* live NULL: only that they are not known. Those of today begin anew at midnight of the site's zone, which Prometheus takes for a restart. */
void metrics_live_print(const struct stats_live *live, struct buf *out);

#endif
