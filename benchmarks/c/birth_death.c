/* Birth at a constant rate, death at a rate by head: Gillespie's direct method (1977) at the limit, a hazard at a time
   drawn by a ziggurat and the kind of event by one uniform. */

#include <math.h>
#include <stdint.h>

#include "unaddressed.h"

/* Trajectories one after the other up to the horizon; counts[k] is the number alive at the end of each. Returns all
   firings. */
int64_t birth_death(uint64_t seed, int64_t count, double births, double deaths, int64_t first, double horizon,
                    int64_t *counts) {
    Chance chance;
    begin_chance(&chance, seed, 0);
    int64_t firings = 0;
    for (int64_t k = 0; k < count; k++) {
        double now = 0.0;
        int64_t alive = first;
        for (;;) {
            double rate = births + deaths * (double)alive;
            now += exponential(&chance, 0, 1.0) / rate;
            if (now > horizon) break;
            alive += uniform(&chance, 0) * rate < births ? 1 : -1;
            firings++;
        }
        counts[k] = alive;
    }
    return firings;
}
