#include "ctl/sangdamctl/generate_dice.h"

#include <stddef.h>
#include <stdio.h>

uint64_t dice_next(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t dice_below(struct dice *d, int64_t bound)
{
    return (int64_t)(dice_next(d) % (uint64_t)bound);
}

bool dice_percent(struct dice *d, int tenths)
{
    return dice_below(d, 1000) < tenths;
}

int64_t dice_long_tail(struct dice *d, int64_t median_ms)
{
    /* quantiles of exp(0.9 z), in thousandths */
    static const struct {
        int at, value;
    } curve[] = {{0, 67}, {50, 228}, {100, 316}, {200, 469}, {300, 624}, {400, 796}, {500, 1000}, {600, 1256}, {700, 1603}, {800, 2133}, {900, 3169}, {950, 4395}, {980, 6350}, {1000, 14900}};
    int64_t at = dice_below(d, 1000);
    size_t i = 1;

    while (curve[i].at <= at)
        i++;
    at = curve[i - 1].value + (curve[i].value - curve[i - 1].value) * (at - curve[i - 1].at) / (curve[i].at - curve[i - 1].at);
    return median_ms * at / 1000 + dice_below(d, 1000);
}

int dice_weighted(struct dice *d, const int *weights, int n)
{
    int64_t sum = 0, at;

    for (int i = 0; i < n; i++)
        sum += weights[i];
    at = dice_below(d, sum);
    for (int i = 0; i < n - 1; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return n - 1;
}

void dice_uuid(struct dice *d, char out[UUID_TEXT_SIZE])
{
    uint64_t a = dice_next(d), b = dice_next(d);

    snprintf(out, UUID_TEXT_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

int generate_weight(int weekday, int hour)
{
    static const int hours[24] = {6, 3, 2, 1, 1, 2, 4, 10, 28, 66, 92, 88, 60, 74, 86, 82, 76, 68, 50, 40, 36, 30, 20, 12};
    static const int weekdays[7] = {128, 112, 104, 102, 98, 46, 38};

    return hours[hour] * weekdays[weekday];
}
