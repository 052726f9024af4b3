/* The package's logarithm, exponential and normal quantile (escalation/chance/elementary.py), operation for operation.
   Compile without contraction. Arguments are those that draws have: 0 < x < infinity for the logarithm, and no
   exponential outside the normal range. */


static inline double scaled(double y, int64_t n) {
    uint64_t bits = (uint64_t)(n + 1023) << 52;
    double power;
    memcpy(&power, &bits, 8);
    return y * power;
}

static inline double own_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    int64_t e = (int64_t)(bits >> 52) - 1022;
    bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FE0000000000000u;
    double m;
    memcpy(&m, &bits, 8);
    if (m < 0.7071067811865476) {
        m += m;
        e -= 1;
    }
    double f = m - 1.0, s = f / (2.0 + f), z = s * s, w = z * z;
    double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 +
                      w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double r = even + odd, half = 0.5 * f * f;
    return e * 6.93147180369123816490e-01 - ((half - (s * (half + r) + e * 1.90821492927058770002e-10)) - f);
}

static inline double own_exp(double x) {
    int64_t n = (int64_t)(x * 1.44269504088896338700e00 + (x > 0.0 ? 0.5 : -0.5));
    double high = x - n * 6.93147180369123816490e-01, low = n * 1.90821492927058770002e-10;
    double t = high - low, z = t * t;
    double c = t - z * (1.66666666666666019037e-01 +
                        z * (-2.77777777770155933842e-03 +
                             z * (6.61375632143793436117e-05 +
                                  z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))));
    return scaled(1.0 - ((low - t * c / (2.0 - c)) - high), n);
}

static const double CENTRE[15] = {
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080, 5226.4952788528545610, 28729.085735721942674,
    39307.895800092710610, 21213.794301586595867, 5394.1960214247511077, 687.18700749205790830, 42.313330701600911252};
static const double SHOULDER[15] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
    3.64784832476320460504,    5.76949722146069140550,    4.63033784615654529590,    1.42343711074968357734,
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940,    2.05319162663775882187};
static const double FAR_TAIL[15] = {
    2.01033439929228813265e-7,  2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1,  1.78482653991729133580,    5.46378491116411436990,    6.65790464350110377720,
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1};

static inline double ratio(const double *c, double r) {
    double above = ((((((c[0] * r + c[1]) * r + c[2]) * r + c[3]) * r + c[4]) * r + c[5]) * r + c[6]) * r + c[7];
    double below = ((((((c[8] * r + c[9]) * r + c[10]) * r + c[11]) * r + c[12]) * r + c[13]) * r + c[14]) * r + 1.0;
    return above / below;
}

#ifdef LIBM
#define LOG log
#define EXP exp
#else
#define LOG own_log
#define EXP own_exp
#endif

static inline double normal_quantile(double p) {
    double q = p - 0.5;
    if (-0.425 <= q && q <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
    double r = sqrt(-LOG(q < 0.0 ? p : 1.0 - p));
    double x = r <= 5.0 ? ratio(SHOULDER, r - 1.6) : ratio(FAR_TAIL, r - 5.0);
    return q < 0.0 ? -x : x;
}

static inline double spent_hazard(double u) {
    double left = 1.0 - u;
    return (u - (1.0 - left)) / left - LOG(left);
}
