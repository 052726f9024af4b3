/* The fastest draws we know: xoshiro256++ (Blackman and Vigna 2019) and ziggurats of 256 layers (Marsaglia and Tsang
   2000) for the exponential and the normal. They are consumed in the order of calls and belong to no address. */


typedef struct {
    uint64_t word[4];
} Chance;

#define LAYERS 256
typedef struct {
    double edge[LAYERS + 1], height[LAYERS + 1];
} Ziggurat;
static Ziggurat of_exponential, of_normal;
static const double EXPONENTIAL_TAIL = 7.69711747013104972, EXPONENTIAL_AREA = 3.9496598225815571993e-3;
static const double NORMAL_TAIL = 3.6541528853610088, NORMAL_AREA = 4.92867323399e-3;

static inline uint64_t turned(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static inline uint64_t next_word(Chance *chance) {
    uint64_t *s = chance->word, result = turned(s[0] + s[3], 23) + s[0], kept = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= kept;
    s[3] = turned(s[3], 45);
    return result;
}

static inline double uniform(Chance *chance, int stream) {
    (void)stream;
    return ((double)(next_word(chance) >> 12) + 0.5) * 0x1p-52;
}

static void lay(Ziggurat *z, double tail, double area, double (*density)(double), double (*inverse)(double)) {
    z->edge[0] = area / density(tail);
    z->edge[1] = tail;
    for (int k = 2; k < LAYERS; k++) z->edge[k] = inverse(density(z->edge[k - 1]) + area / z->edge[k - 1]);
    z->edge[LAYERS] = 0.0;
    for (int k = 1; k <= LAYERS; k++) z->height[k] = density(z->edge[k]);
    z->height[0] = 0.0;
}

static double falling(double x) { return exp(-x); }
static double falling_inverse(double y) { return -log(y); }
static double bell(double x) { return exp(-0.5 * x * x); }
static double bell_inverse(double y) { return sqrt(-2.0 * log(y)); }

static inline void begin_chance(Chance *chance, uint64_t seed, const uint64_t *keys) {
    (void)keys;
    lay(&of_exponential, EXPONENTIAL_TAIL, EXPONENTIAL_AREA, falling, falling_inverse);
    lay(&of_normal, NORMAL_TAIL, NORMAL_AREA, bell, bell_inverse);
    for (int k = 0; k < 4; k++) {
        uint64_t x = (seed += 0x9E3779B97F4A7C15u);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        chance->word[k] = x ^ (x >> 31);
    }
}

static inline void begin_luck(Chance *chance, uint64_t luck) {
    (void)chance;
    (void)luck;
}

static __attribute__((noinline)) double rare_exponential(Chance *chance, uint64_t layer, double x);
static inline double standard_exponential(Chance *chance) {
    uint64_t word = next_word(chance), layer = word & (LAYERS - 1);
    double x = (double)(word >> 11) * 0x1p-53 * of_exponential.edge[layer];
    return __builtin_expect(x < of_exponential.edge[layer + 1], 1) ? x : rare_exponential(chance, layer, x);
}
static double rare_exponential(Chance *chance, uint64_t layer, double x) {
    if (layer == 0) return EXPONENTIAL_TAIL + standard_exponential(chance);
    double low = of_exponential.height[layer], high = of_exponential.height[layer + 1];
    return low + uniform(chance, 0) * (high - low) < exp(-x) ? x : standard_exponential(chance);
}

static __attribute__((noinline)) double rare_normal(Chance *chance, uint64_t layer, double x);
static inline double standard_normal(Chance *chance) {
    uint64_t word = next_word(chance), layer = word & (LAYERS - 1);
    double x = (double)((int64_t)word >> 10) * 0x1p-53 * of_normal.edge[layer];
    return __builtin_expect(fabs(x) < of_normal.edge[layer + 1], 1) ? x : rare_normal(chance, layer, x);
}
static double rare_normal(Chance *chance, uint64_t layer, double x) {
    if (layer == 0) {
        double beyond, other;
        do {
            beyond = -log(uniform(chance, 0)) / NORMAL_TAIL;
            other = -log(uniform(chance, 0));
        } while (other + other < beyond * beyond);
        return x < 0.0 ? -NORMAL_TAIL - beyond : NORMAL_TAIL + beyond;
    }
    double low = of_normal.height[layer], high = of_normal.height[layer + 1];
    return low + uniform(chance, 0) * (high - low) < exp(-0.5 * x * x) ? x : standard_normal(chance);
}

static inline double exponential(Chance *chance, int stream, double mean) {
    (void)stream;
    return mean * standard_exponential(chance);
}

static inline double lognormal(Chance *chance, int stream, double median, double sigma) {
    (void)stream;
    return median * exp(sigma * standard_normal(chance));
}
