/* Birth at a constant rate, death at a rate by head, in two ways at the limit. */

#include <math.h>
#include <stdint.h>

#include "unaddressed.h"

#define NEVER INT64_MAX

/* Gillespie's direct method (1977): one waiting time for both, and the kind of event by one uniform. */
static int64_t direct(Chance *chance, double births, double deaths, int64_t *alive, int64_t horizon) {
    double now = 0.0;
    int64_t firings = 0;
    for (;;) {
        double rate = births + deaths * (double)*alive;
        now += exponential(chance, 0, 1.0) / rate;
        if (now > (double)horizon) return firings;
        *alive += uniform(chance, 0) * rate < births ? 1 : -1;
        firings++;
    }
}

static inline int64_t due(int64_t now, double left, double rate, int64_t horizon) {
    double wait = ceil(left > 0.0 ? left / rate : 0.0);
    return rate > 0.0 && wait <= (double)(horizon - now) ? now + (int64_t)wait : NEVER;
}

/* A clock a rule, as in the engines: whole milliseconds, and the death's clock keeps its spent hazard. */
static int64_t with_clocks(Chance *chance, double births, double deaths, int64_t *alive, int64_t horizon) {
    int64_t firings = 0, now = 0, since = 0;
    double left = exponential(chance, 0, 1.0), rate = deaths * (double)*alive;
    int64_t birth = due(0, exponential(chance, 0, 1.0), births, horizon), death = due(0, left, rate, horizon);
    for (;;) {
        now = birth < death ? birth : death;
        if (now == NEVER) return firings;
        firings++;
        if (birth == now) {
            *alive += 1;
            left -= rate * (double)(now - since);
            birth = due(now, exponential(chance, 0, 1.0), births, horizon);
        } else {
            *alive -= 1;
            left = exponential(chance, 0, 1.0);
        }
        since = now;
        rate = deaths * (double)*alive;
        death = due(now, left, rate, horizon);
    }
}

/* Trajectories one after the other up to the horizon, rates and horizon by the millisecond; counts[k] is the number
   alive at the end of each. Returns all firings. */
int64_t birth_death(int clocks, uint64_t seed, int64_t count, double births, double deaths, int64_t first,
                    int64_t horizon, int64_t *counts) {
    Chance chance;
    begin_chance(&chance, seed, 0);
    int64_t firings = 0;
    for (int64_t k = 0; k < count; k++) {
        int64_t alive = first;
        firings += clocks ? with_clocks(&chance, births, deaths, &alive, horizon)
                          : direct(&chance, births, deaths, &alive, horizon);
        counts[k] = alive;
    }
    return firings;
}
