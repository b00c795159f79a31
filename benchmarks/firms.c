/* The rules of firms in C, as one would write them for speed: the yardstick of the compiled kernels.
   The same random numbers as divide.model.processes.ladder, so that both must agree bit for bit.
   Built by benchmarks/plain_c.py with -O3 -march=native -ffp-contract=off. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WIDE 16
static const uint8_t STATES[5] = {0, 1, 3, 7, 15};
static const int32_t RUNG[16] = {0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0, 4};

typedef struct {
    int64_t cells, platforms, options;
    const uint32_t *start;   /* place of each cell's first firm, cells + 1 */
    const uint16_t *home;    /* country row * 16 + kind of each cell */
    const float *reach;      /* least and largest traits, 4 x cells */
    uint8_t *state;
    int16_t *marketplace, *rail;
    const float *productivity;
    const uint8_t *skill;
    const double *odds;      /* countries * kinds x 4 */
    const float *speed;
    float churn;
    const float *upto[2];    /* rails, marketplaces: countries x 16 */
    const int16_t *names[2];
    const int64_t *weight;
    int64_t *counts, *capacity, *users, *without;
} World;

static inline uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}
static inline uint64_t bits(uint64_t key, uint64_t index) {
    return mix(key ^ mix((index + 1) * 0x9E3779B97F4A7C15ULL));
}

static void bounds(const World *w, const float *odds, uint8_t *first, uint8_t *count) {
    int64_t n = w->cells;
    float *low = malloc(n * sizeof *low), *high = malloc(n * sizeof *high);
    const float margin = 4e-6f;
    for (int64_t q = 0; q < n; q++) low[q] = high[q] = 1.0f;
    for (int r = 0; r < 5; r++) {
        int s = r < 3 ? r : 3;
        float back = r >= 2 ? w->churn : 0.0f, pace = w->speed[s];
        const float *least = w->reach + 2 * (s / 2) * n, *largest = least + n, *o = odds + s * n;
        for (int64_t q = 0; q < n; q++) {
            float rise = o[q] * largest[q];
            float gain = r == 4 ? 0.0f : pace * (rise / (1.0f + rise));
            float leaves = high[q] * gain;
            float upto = (leaves + back * (high[q] - leaves)) * (1.0f + margin);
            int32_t begin = (int32_t)(upto * 256.0f) + 1;
            int32_t end = r == 0 ? 256 : (int32_t)(low[q] * (1.0f - margin) * 256.0f);
            int32_t wide = end - begin;
            first[r * n + q] = (uint8_t)begin;
            count[r * n + q] = (uint8_t)(wide < 0 ? 0 : wide > 255 ? 255 : wide);
            low[q] *= 1.0f - pace / (1.0f + o[q] * least[q]);
            high[q] *= 1.0f - pace / (1.0f + rise);
        }
    }
    free(low);
    free(high);
}

static inline float reached(float below, float odds, float speed, int has) {
    float r = 1.0f / (1.0f + odds);
    return below * (has ? 1.0f - speed * r : speed * (odds * r));
}

static inline int choice(uint64_t number, const float *upto) {
    float u = (float)(int32_t)(number & 0xFFFFFF) * (1.0f / 16777216.0f);
    int place = 0;
    place += 8 * (u >= upto[place + 7]);
    place += 4 * (u >= upto[place + 3]);
    place += 2 * (u >= upto[place + 1]);
    return place + (u >= upto[place]);
}

/* One firm that its byte of luck leaves open: the whole rule, start to end. */
static inline void act(const World *w, const float *odds, uint64_t q, uint32_t f, uint64_t own,
                       uint32_t byte) {
    float u = (float)(int32_t)(byte << 16 | (own & 0xFFFF)) * (1.0f / 16777216.0f);
    int now = RUNG[w->state[f] & 15];
    float skilled = 0.5f + (float)(int32_t)w->skill[f] * (float)(1.0 / 255);
    float able = skilled * 2.0f * w->productivity[f] / (1.0f + w->productivity[f]);
    float t[6];
    t[0] = 1.0f;
    t[1] = reached(1.0f, odds[0] * skilled, w->speed[0], now > 0);
    t[2] = reached(t[1], odds[1] * skilled, w->speed[1], now > 1);
    t[3] = reached(t[2], odds[2] * able, w->speed[2], now > 2);
    t[4] = reached(t[3], odds[3] * able, w->speed[3], now > 3);
    t[5] = 0.0f;
    int then = (u < t[1]) + (u < t[2]) + (u < t[3]) + (u < t[4]);
    int looks = then == now && now >= 2 && u < t[now + 1] + w->churn * (t[now] - t[now + 1]);
    if (then == now && !looks) return;
    uint32_t place = w->home[q], row = place >> 4;
    int64_t real = w->weight[place];
    for (int s = 0; s < 4; s++) w->counts[4 * place + s] += (then > s) - (now > s);
    if ((now == 4) != (then == 4)) {
        int64_t made = (int64_t)(w->productivity[f] * 256.0f) * real;
        w->capacity[4 * row + ((place >> 2) & 3)] += then == 4 ? made : -made;
    }
    w->state[f] = (w->state[f] & 0xF0) | STATES[then];
    for (int market = 0; market < 2; market++) {
        int from = 2 + market, needed = now >= from, needs = then >= from;
        if (!needed && !needs) continue;
        int16_t *platform = market ? w->marketplace : w->rail;
        int old = platform[f], found = old;
        if (!needs)
            found = -1;
        else if (looks || old < 0)
            found = w->names[market][16 * row + choice(own >> (market ? 40 : 16),
                                                       w->upto[market] + 16 * row)];
        platform[f] = (int16_t)found;
        if (old >= 0) w->users[old] -= real;
        if (found >= 0) w->users[found] += real;
        w->without[2 * row + market] += (needs && found < 0) - (needed && old < 0);
    }
}

static void search(const World *w, uint64_t single, int market) {
    int16_t *platform = market ? w->marketplace : w->rail;
    for (int64_t q = 0; q < w->cells; q++) {
        uint32_t row = w->home[q] >> 4;
        if (w->without[2 * row + market] == 0 || w->names[market][16 * row] < 0) continue;
        for (uint32_t f = w->start[q]; f < w->start[q + 1]; f++)
            if (platform[f] < 0 && RUNG[w->state[f] & 15] >= 2 + market) {
                uint64_t own = bits(single, ((uint64_t)q << 20) | (f - w->start[q]));
                platform[f] = w->names[market][16 * row + choice(own >> (market ? 40 : 16),
                                                                 w->upto[market] + 16 * row)];
                w->users[platform[f]] += w->weight[w->home[q]];
                w->without[2 * row + market]--;
            }
    }
}

void step(const World *w, uint64_t shared, uint64_t single) {
    int64_t n = w->cells;
    float *by_state = malloc(4 * n * sizeof(float)), *by_cell = malloc(4 * n * sizeof(float));
    uint8_t *first = malloc(5 * n), *count = malloc(5 * n);
    uint32_t most = 0;
    for (int64_t q = 0; q < n; q++) {
        for (int s = 0; s < 4; s++)
            by_state[s * n + q] = by_cell[4 * q + s] = (float)w->odds[4 * w->home[q] + s];
        if (w->start[q + 1] - w->start[q] > most) most = w->start[q + 1] - w->start[q];
    }
    bounds(w, by_state, first, count);
    search(w, single, 0);
    search(w, single, 1);
    uint8_t *luck = malloc(most + 64), *loose = malloc(most + 64), *now = calloc(most + 64, 1);
    for (uint64_t q = 0; q < (uint64_t)n; q++) {
        uint32_t begin = w->start[q], firms = w->start[q + 1] - begin;
        for (uint32_t word = 0; word < (firms + 7) / 8; word++) {
            uint64_t drawn = bits(shared, ((uint64_t)q << 17) + word);
            memcpy(luck + 8 * word, &drawn, 8);
        }
        memcpy(now, w->state + begin, firms);
        uint8_t lowest[5], bytes[5];
        for (int r = 0; r < 5; r++) lowest[r] = first[r * n + q], bytes[r] = count[r * n + q];
        for (uint32_t block = 0; block < firms; block += WIDE)
            for (int k = 0; k < WIDE; k++) {
                uint8_t s = now[block + k] & 15, l = lowest[0], b = bytes[0];
                l = s >= 1 ? lowest[1] : l, b = s >= 1 ? bytes[1] : b;
                l = s >= 3 ? lowest[2] : l, b = s >= 3 ? bytes[2] : b;
                l = s >= 7 ? lowest[3] : l, b = s >= 7 ? bytes[3] : b;
                l = s >= 15 ? lowest[4] : l, b = s >= 15 ? bytes[4] : b;
                loose[block + k] = (uint8_t)(luck[block + k] - l) >= b;
            }
        for (uint32_t k = 0; k < firms; k++)
            if (loose[k])
                act(w, by_cell + 4 * q, q, begin + k, bits(single, (q << 20) | k), luck[k]);
    }
    free(by_state), free(by_cell), free(first), free(count), free(luck), free(loose), free(now);
}
