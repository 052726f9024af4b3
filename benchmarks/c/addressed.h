/* Addressed draws: NumPy's Philox4x64-10 with key (seed, stream) and counter (block + 1, 0, luck, 0), and quantiles. */

#include "elementary.h"

typedef struct {
    uint64_t key, number;
    double block[4];
} Stream;

typedef struct {
    uint64_t seed, luck;
    Stream streams[STREAMS];
} Chance;

static inline void philox(uint64_t seed, uint64_t key, uint64_t block, uint64_t luck, double *out) {
    uint64_t a = block + 1, b = 0, c = luck, d = 0;
    for (int round = 0; round < 10; round++) {
        unsigned __int128 first = (unsigned __int128)a * 0xD2E7470EE14C6C93u;
        unsigned __int128 second = (unsigned __int128)c * 0xCA5A826395121157u;
        a = (uint64_t)(second >> 64) ^ b ^ seed;
        b = (uint64_t)second;
        c = (uint64_t)(first >> 64) ^ d ^ key;
        d = (uint64_t)first;
        seed += 0x9E3779B97F4A7C15u;
        key += 0xBB67AE8584CAA73Bu;
    }
    const uint64_t words[4] = {a, b, c, d};
    for (int k = 0; k < 4; k++) {
        double u = (double)(words[k] >> 11) * 0x1p-53;
        out[k] = u > 0.0 ? u : 0x1p-54;
    }
}

static inline double uniform(Chance *chance, int stream) {
    Stream *s = &chance->streams[stream];
    uint64_t place = s->number++ & 3;
    if (place == 0) philox(chance->seed, s->key, (s->number - 1) >> 2, chance->luck, s->block);
    return s->block[place];
}

static inline void begin_luck(Chance *chance, uint64_t luck) {
    chance->luck = luck;
    for (int k = 0; k < STREAMS; k++) chance->streams[k].number = 0;
}

static inline void begin_chance(Chance *chance, uint64_t seed, const uint64_t *keys) {
    chance->seed = seed;
    for (int k = 0; k < STREAMS; k++) chance->streams[k].key = keys[k];
}

static inline double exponential(Chance *chance, int stream, double mean) {
    return mean * spent_hazard(uniform(chance, stream));
}

static inline double lognormal(Chance *chance, int stream, double median, double sigma) {
    return median * EXP(sigma * normal_quantile(uniform(chance, stream)));
}
