/* benchmarks/ladder.yaml by hand: the same rules, instants, order of ties, checks and measures.

   UNADDRESSED: xoshiro and ziggurats; otherwise addressed draws and inversion, LIBM: with libm's log and exp.
   LOGGED: keeps (instant, rank) of each firing. One thing is left out: two choices due in one millisecond do not read
   the same state (law 4); trajectories in which that happened would differ. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    CONVOY_AFTER, COOLING_RATE, CROSSING_RATE, EXERCISE_AFTER, INCIDENT_RATE, RECALL_RATE, TALKS_END_AFTER,
    SCOUTS_EVERY, SCOUTS_ERROR, SANCTIONS_DELIVER, TALKS_OPEN_AFTER, PROTEST_DECIDE, SANCTIONS_DECIDE, PUSH, STREAMS
};
enum {
    REVIEW, CONVOY, COOLING, CROSSING, EXERCISE, INCIDENT, RECALL, TALKS_END, OBSERVE, DELIVER_1, PENDING_1, WITHDRAW_1,
    DELIVER_2, PENDING_2, WITHDRAW_2, MOBILISED, RELAXED, TALKS_OPEN, DECIDE_1, STAND_DOWN_1, DECIDE_2, STAND_DOWN_2,
    RULES
};

#ifdef UNADDRESSED
#include "unaddressed.h"
#else
#include "addressed.h"
#endif

#define SLOTS 24
#define RANK_BITS 5
#define NEVER INT64_MAX
#define DAY 86400000.0
#define DAYS 86400000
#define MEASURES 6
#define CASCADE 10000
#define MOST_FIRINGS 1000000

typedef struct {
    double rate, spent, needed;
    int64_t since;
} Hazard;

typedef struct {
    int64_t key[SLOTS]; /* instant << RANK_BITS | rank */
    int64_t now, horizon;
    double push, threshold, abroad, anger, seen, delivered_1, delivered_2;
    int talking, alert, pending, decided, delayed, failed;
    int holds[RULES];
    Hazard hazards[RULES];
    /* measures */
    double largest, total, watched;
    int64_t since, tense_since, tense_for, first, incidents;
    int tense;
    Chance chance;
} Run;

static inline void begin(Run *t, int rule, int64_t wait) {
    int64_t due = t->now + wait;
    t->key[rule] = due > t->horizon ? NEVER : due << RANK_BITS | rule;
}

static inline int64_t whole(Run *t, double wait) {
    if (!(wait >= 0.0)) t->failed = 1;
    if (wait > (double)t->horizon) return t->horizon + 1;
    int64_t down = (int64_t)wait;
    return down + ((double)down != wait);
}

static inline void hazard(Run *t, int rule, int stream, double rate) {
    Hazard *h = &t->hazards[rule];
    if (rate == h->rate) return;
    if (!(rate >= 0.0)) t->failed = 1;
    if (h->rate > 0.0 && t->now > h->since) h->spent += h->rate * (double)(t->now - h->since);
    h->since = t->now;
    h->rate = rate;
    if (!(rate > 0.0)) {
        t->key[rule] = NEVER;
        return;
    }
    if (h->needed < 0.0) h->needed = exponential(&t->chance, stream, 1.0);
    double left = h->needed - h->spent;
    begin(t, rule, left > 0.0 ? whole(t, left / rate) : 0);
}

static inline void spend_anew(Run *t, int rule) {
    t->hazards[rule] = (Hazard){0.0, 0.0, -1.0, t->now};
    t->key[rule] = NEVER;
}

/* A delay while a condition holds. */
#define WAITING(rule, condition, wait)                         \
    do {                                                       \
        int holds_now = (condition);                           \
        if (holds_now != t->holds[rule]) {                     \
            t->holds[rule] = holds_now;                        \
            if (holds_now) begin(t, rule, whole(t, wait));     \
            else t->key[rule] = NEVER;                         \
        }                                                      \
    } while (0)

/* A condition that becomes true and lasts. */
#define EDGE(rule, condition, lasting)                         \
    do {                                                       \
        int holds_now = (condition);                           \
        if (holds_now != t->holds[rule]) {                     \
            t->holds[rule] = holds_now;                        \
            if (holds_now) begin(t, rule, lasting);            \
            else t->key[rule] = NEVER;                         \
        }                                                      \
    } while (0)

static inline void look_convoy(Run *t) {
    WAITING(CONVOY, t->abroad >= 300.0, lognormal(&t->chance, CONVOY_AFTER, 3 * DAY, 0.4));
}
static inline void look_cooling(Run *t) {
    hazard(t, COOLING, COOLING_RATE, t->anger > 0.0 ? t->anger / (8 * DAY) : 0.0);
}
static inline void look_crossing(Run *t) { hazard(t, CROSSING, CROSSING_RATE, t->push / (2 * DAY)); }
static inline void look_exercise(Run *t) {
    WAITING(EXERCISE, !t->talking, lognormal(&t->chance, EXERCISE_AFTER, 5 * DAY, 0.5));
}
static inline void look_incident(Run *t) {
    hazard(t, INCIDENT, INCIDENT_RATE, t->alert || t->abroad >= 600.0 ? (1.0 + t->anger) / (10 * DAY) : 0.0);
}
static inline void look_recall(Run *t) {
    hazard(t, RECALL, RECALL_RATE, t->abroad >= 100.0 ? t->abroad / 1500.0 / (2 * DAY) : 0.0);
}
static inline void look_talks_end(Run *t) {
    WAITING(TALKS_END, t->talking, lognormal(&t->chance, TALKS_END_AFTER, 12 * DAY, 0.6));
}
static inline void look_mobilised(Run *t) { EDGE(MOBILISED, t->abroad >= 1000.0, 5 * DAYS); }
static inline void look_relaxed(Run *t) { EDGE(RELAXED, t->alert && t->abroad < 700.0, 4 * DAYS); }
static inline void look_talks_open(Run *t) {
    int holds = t->anger >= 3.0;
    if (holds != t->holds[TALKS_OPEN]) {
        t->holds[TALKS_OPEN] = holds;
        if (t->delayed) return;
        if (holds) begin(t, TALKS_OPEN, 0);
        else t->key[TALKS_OPEN] = NEVER;
    }
}
static inline void look_deliveries(Run *t) {
    WAITING(DELIVER_1, t->decided >= 1 && t->delivered_1 < 1.0, 0.0);
    WAITING(DELIVER_2, t->decided >= 2 && t->delivered_2 < 1.0,
            lognormal(&t->chance, SANCTIONS_DELIVER, 20 * DAY, 0.6));
}
static inline void look_reading_1(Run *t) {
    int high = t->seen >= t->threshold;
    EDGE(PENDING_1, t->decided == 0 && t->pending == 0 && high, 3 * DAYS);
    EDGE(WITHDRAW_1, t->pending == 1 && t->decided == 0 && !high, 3 * DAYS);
    EDGE(STAND_DOWN_1, t->decided == 1 && t->seen < 500.0 && !high, 10 * DAYS);
}
static inline void look_reading_2(Run *t) {
    int high = t->seen >= t->threshold && t->anger >= 1.0;
    EDGE(PENDING_2, t->decided == 1 && t->pending == 1 && high, 5 * DAYS);
    EDGE(WITHDRAW_2, t->pending == 2 && t->decided == 1 && !high, 5 * DAYS);
    EDGE(STAND_DOWN_2, t->decided == 2 && t->seen < 700.0 && !high, 7 * DAYS);
}
static inline void look_decisions(Run *t) {
    WAITING(DECIDE_1, t->pending == 1 && t->decided == 0, lognormal(&t->chance, PROTEST_DECIDE, 10 * DAY, 0.5));
    WAITING(DECIDE_2, t->pending == 2 && t->decided == 1, lognormal(&t->chance, SANCTIONS_DECIDE, 15 * DAY, 0.5));
}
static inline void look_ladder(Run *t) {
    look_reading_1(t);
    look_reading_2(t);
    look_decisions(t);
    look_deliveries(t);
}

static inline void set_abroad(Run *t, double value) {
    if (!(value >= 0.0 && value <= 1.7976931348623157e308)) t->failed = 1;
    t->abroad = value;
    look_convoy(t);
    look_incident(t);
    look_recall(t);
    look_mobilised(t);
    look_relaxed(t);
}

static inline void set_anger(Run *t, double value) {
    if (value == t->anger) return;
    if (!(value >= 0.0 && value <= 1.7976931348623157e308)) t->failed = 1;
    t->anger = value;
    look_cooling(t);
    look_incident(t);
    look_talks_open(t);
    look_reading_2(t);
}

/* The state of the instant that is over is measured; what changed lasted until now. */
static inline void settle(Run *t, int64_t instant) {
    if (t->abroad != t->watched) {
        if (instant > t->since) {
            if (t->watched > t->largest) t->largest = t->watched;
            t->total += t->watched * (double)(instant - t->since);
        }
        t->since = instant;
        t->watched = t->abroad;
    }
    int tense = t->anger >= 2.0;
    if (tense != t->tense) {
        if (t->tense) t->tense_for += instant - t->tense_since;
        t->tense_since = instant;
        t->tense = tense;
    }
    if (t->decided >= 2 && t->first < 0) t->first = instant;
}

static void finish(Run *t, int64_t instant, double *measures) {
    settle(t, instant);
    if (t->watched > t->largest) t->largest = t->watched;
    if (t->horizon > t->since) t->total += t->watched * (double)(t->horizon - t->since);
    if (t->tense && t->horizon > t->tense_since) t->tense_for += t->horizon - t->tense_since;
    measures[0] = t->first >= 0;
    measures[1] = t->first >= 0 ? (double)t->first : NAN;
    measures[2] = (double)t->tense_for;
    measures[3] = t->largest;
    measures[4] = (double)t->incidents;
    measures[5] = t->total / (double)t->horizon;
}

static void start(Run *t) {
    for (int k = 0; k < SLOTS; k++) t->key[k] = NEVER;
    memset(t->holds, 0, sizeof t->holds);
    t->now = 0;
    for (int k = 0; k < RULES; k++) t->hazards[k] = (Hazard){0.0, 0.0, -1.0, 0};
    t->abroad = t->watched = t->seen = 400.0;
    t->anger = t->delivered_1 = t->delivered_2 = t->total = 0.0;
    t->largest = -INFINITY;
    t->talking = t->alert = t->pending = t->decided = t->delayed = t->failed = t->tense = 0;
    t->since = t->tense_since = t->tense_for = t->incidents = 0;
    t->first = -1;
    begin(t, REVIEW, 7 * DAYS);
    begin(t, OBSERVE, whole(t, exponential(&t->chance, SCOUTS_EVERY, 4 * DAY)));
    look_convoy(t);
    look_cooling(t);
    look_crossing(t);
    look_exercise(t);
    look_incident(t);
    look_recall(t);
    look_talks_end(t);
    look_mobilised(t);
    look_relaxed(t);
    look_talks_open(t);
    look_ladder(t);
}

static inline void fire(Run *t, int rule) {
    switch (rule) {
    case REVIEW:
        begin(t, REVIEW, 7 * DAYS);
        set_anger(t, t->anger - 1.0 > 0.0 ? t->anger - 1.0 : 0.0);
        break;
    case CONVOY:
        t->holds[CONVOY] = 0;
        t->key[CONVOY] = NEVER;
        set_abroad(t, t->abroad - 80.0);
        break;
    case COOLING:
        spend_anew(t, COOLING);
        set_anger(t, t->anger - 1.0);
        break;
    case CROSSING:
        spend_anew(t, CROSSING);
        look_crossing(t);
        set_abroad(t, t->abroad + 60.0);
        break;
    case EXERCISE:
        t->holds[EXERCISE] = 0;
        look_exercise(t);
        set_abroad(t, t->abroad + 150.0);
        break;
    case INCIDENT:
        t->incidents++;
        spend_anew(t, INCIDENT);
        set_anger(t, t->anger + 1.0);
        break;
    case RECALL:
        spend_anew(t, RECALL);
        set_abroad(t, t->abroad - 100.0);
        break;
    case TALKS_END:
        t->holds[TALKS_END] = 0;
        t->key[TALKS_END] = NEVER;
        t->talking = 0;
        look_exercise(t);
        set_anger(t, t->anger - 2.0 > 0.0 ? t->anger - 2.0 : 0.0);
        break;
    case OBSERVE: {
        double seen = t->abroad * lognormal(&t->chance, SCOUTS_ERROR, 1.0, 0.2);
        begin(t, OBSERVE, whole(t, exponential(&t->chance, SCOUTS_EVERY, 4 * DAY)));
        if (seen != t->seen) {
            t->seen = seen;
            look_reading_1(t);
            look_reading_2(t);
        }
        break;
    }
    case DELIVER_1:
        t->key[DELIVER_1] = NEVER;
        t->delivered_1 = 1.0;
        look_deliveries(t);
        break;
    case DELIVER_2:
        t->key[DELIVER_2] = NEVER;
        t->delivered_2 = 1.0;
        look_deliveries(t);
        break;
    case PENDING_1:
        t->key[PENDING_1] = NEVER;
        t->pending = 1;
        look_ladder(t);
        break;
    case WITHDRAW_1:
        t->key[WITHDRAW_1] = NEVER;
        t->pending = 0;
        look_ladder(t);
        break;
    case PENDING_2:
        t->key[PENDING_2] = NEVER;
        t->pending = 2;
        look_ladder(t);
        break;
    case WITHDRAW_2:
        t->key[WITHDRAW_2] = NEVER;
        t->pending = 1;
        look_ladder(t);
        break;
    case MOBILISED:
    case RELAXED:
        t->key[rule] = NEVER;
        t->alert = rule == MOBILISED;
        look_incident(t);
        look_relaxed(t);
        break;
    case TALKS_OPEN:
        t->delayed = 0;
        t->key[TALKS_OPEN] = NEVER;
        t->talking = 1;
        look_exercise(t);
        look_talks_end(t);
        break;
    case DECIDE_1:
        t->key[DECIDE_1] = NEVER;
        t->decided = t->pending = 1;
        look_ladder(t);
        break;
    case STAND_DOWN_1:
        t->key[STAND_DOWN_1] = NEVER;
        t->decided = t->pending = 0;
        t->delivered_1 = t->delivered_2 = 0.0;
        look_ladder(t);
        break;
    case DECIDE_2:
        t->key[DECIDE_2] = NEVER;
        t->decided = t->pending = 2;
        look_ladder(t);
        break;
    case STAND_DOWN_2:
        t->key[STAND_DOWN_2] = NEVER;
        t->decided = t->pending = 1;
        t->delivered_2 = 0.0;
        look_ladder(t);
        break;
    }
}

static inline int64_t earliest(const int64_t *key) {
    int64_t best[8];
    for (int k = 0; k < 8; k++) {
        int64_t found = key[k] < key[k + 8] ? key[k] : key[k + 8];
        best[k] = found < key[k + 16] ? found : key[k + 16];
    }
    for (int wide = 4; wide > 0; wide /= 2)
        for (int k = 0; k < wide; k++) best[k] = best[k] < best[k + wide] ? best[k] : best[k + wide];
    return best[0];
}

static int64_t run(Run *t, double *measures, int64_t *log) {
    start(t);
    int64_t firings = 0, instant = 0, in_instant = 0;
    for (;;) {
        int64_t next = earliest(t->key);
        if (next == NEVER) break;
        t->now = next >> RANK_BITS;
        int rule = (int)(next & ((1 << RANK_BITS) - 1));
        if (rule == TALKS_OPEN && !t->delayed) {
            t->delayed = 1;
            begin(t, TALKS_OPEN, whole(t, lognormal(&t->chance, TALKS_OPEN_AFTER, 6 * DAY, 0.3)));
            continue;
        }
        if (t->now != instant) {
            settle(t, instant);
            instant = t->now;
            in_instant = 0;
        }
        if (++firings > MOST_FIRINGS || ++in_instant > CASCADE || t->failed) return -1;
#ifdef LOGGED
        log[2 * firings - 2] = t->now;
        log[2 * firings - 1] = rule;
#else
        (void)log;
#endif
        fire(t, rule);
    }
    finish(t, instant, measures);
    return firings;
}

/* Trajectories first to first + count - 1, fifty to a future. measures: (count, MEASURES). firings: of each, -1 where it
   failed. log: (instant, rank) one after the other, where LOGGED. Returns all firings. */
int64_t play(const uint64_t *keys, uint64_t seed, int64_t first, int64_t count, double threshold, int64_t horizon,
             double *measures, int64_t *firings, int64_t *log) {
    Run t __attribute__((aligned(64)));
    Chance future;
    begin_chance(&t.chance, seed + (uint64_t)first, keys);
    begin_chance(&future, seed + (uint64_t)first + 1, keys);
#ifndef UNADDRESSED
    begin_chance(&t.chance, seed, keys);
    begin_chance(&future, seed, keys);
#endif
    t.threshold = threshold;
    t.horizon = horizon;
    int64_t all = 0, met = -1;
    for (int64_t k = 0; k < count; k++) {
        int64_t luck = first + k;
        if (luck / 50 != met) {
            met = luck / 50;
            begin_luck(&future, (uint64_t)met);
            double u = uniform(&future, PUSH), below = 0.5 / 1.5;
            t.push = u <= below ? 0.5 + 1.5 * sqrt(u * below) : 2.0 - 1.5 * sqrt((1.0 - u) * (1.0 / 1.5));
        }
        begin_luck(&t.chance, (uint64_t)luck);
        firings[k] = run(&t, measures + MEASURES * k, log + 2 * all);
        if (firings[k] > 0) all += firings[k];
    }
    return all;
}
