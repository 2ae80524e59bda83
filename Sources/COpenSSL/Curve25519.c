// Multiples of X25519's base point, from a table.
//
// OpenSSL 3.0 has fast arithmetic for the shared secret, but makes public keys with portable code of 32-bit limbs, for which
// a handshake pays more than for the secret. This is the same computation with 51-bit limbs: on the Edwards form of the
// curve (RFC 7748 §4.1), where a table of the base point's multiples holds, the secret is taken in 64 signed digits of four
// bits. Neither a branch nor an address depends on the secret.
//
// Numbers are five limbs, least significant first, modulo p = 2^255 - 19. "Narrow" limbs are below 2^51 + 2^13, as
// products and differences have. A factor may be the sum of three narrow numbers, what is subtracted the sum of two.
#include "Curve25519.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "Provider.h"

typedef unsigned __int128 Wide;
typedef struct {
    uint64_t limb[5];
} Number;
enum { LIMB_BITS = 51, DIGITS = 64, MULTIPLES = 8 };
static const uint64_t LIMB_MASK = ((uint64_t)1 << LIMB_BITS) - 1;

// MARK: numbers

static const Number zero = {{0}}, one = {{1}};

static inline Number narrow(Wide r[5]) {
    Number out;
    // Limbs of factors are below 2^52.6, so a column is below 2^112 and what it carries below 2^61.
    for (int at = 0; at < 4; at++) {
        r[at + 1] += (uint64_t)(r[at] >> LIMB_BITS);
        out.limb[at] = (uint64_t)r[at] & LIMB_MASK;
    }
    out.limb[4] = (uint64_t)r[4] & LIMB_MASK;
    out.limb[0] += 19 * (uint64_t)(r[4] >> LIMB_BITS);
    out.limb[1] += out.limb[0] >> LIMB_BITS;
    out.limb[0] &= LIMB_MASK;
    return out;
}

static inline Number product(const Number *a, const Number *b) {
    uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3], a4 = a->limb[4];
    uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3], b4 = b->limb[4];
    uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4; // 2^255 is 19
    Wide r[5] = {
        (Wide)a0 * b0 + (Wide)a1 * c4 + (Wide)a2 * c3 + (Wide)a3 * c2 + (Wide)a4 * c1,
        (Wide)a0 * b1 + (Wide)a1 * b0 + (Wide)a2 * c4 + (Wide)a3 * c3 + (Wide)a4 * c2,
        (Wide)a0 * b2 + (Wide)a1 * b1 + (Wide)a2 * b0 + (Wide)a3 * c4 + (Wide)a4 * c3,
        (Wide)a0 * b3 + (Wide)a1 * b2 + (Wide)a2 * b1 + (Wide)a3 * b0 + (Wide)a4 * c4,
        (Wide)a0 * b4 + (Wide)a1 * b3 + (Wide)a2 * b2 + (Wide)a3 * b1 + (Wide)a4 * b0,
    };
    return narrow(r);
}

static inline Number square(const Number *a) {
    uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3], a4 = a->limb[4];
    uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, c3 = 19 * a3, c4 = 19 * a4;
    Wide r[5] = {
        (Wide)a0 * a0 + (Wide)d1 * c4 + (Wide)d2 * c3,
        (Wide)d0 * a1 + (Wide)d2 * c4 + (Wide)a3 * c3,
        (Wide)d0 * a2 + (Wide)a1 * a1 + (Wide)(2 * a3) * c4,
        (Wide)d0 * a3 + (Wide)d1 * a2 + (Wide)a4 * c4,
        (Wide)d0 * a4 + (Wide)d1 * a3 + (Wide)a2 * a2,
    };
    return narrow(r);
}

static inline Number sum(const Number *a, const Number *b) {
    Number out;
    for (int at = 0; at < 5; at++) out.limb[at] = a->limb[at] + b->limb[at];
    return out;
}

static inline Number difference(const Number *a, const Number *b) {
    // 4p is added, so that no limb goes below zero.
    Number out;
    uint64_t carry = 0;
    for (int at = 0; at < 5; at++) {
        uint64_t limb = a->limb[at] + (at ? 4 * LIMB_MASK : 4 * (LIMB_MASK - 18)) - b->limb[at] + carry;
        carry = limb >> LIMB_BITS;
        out.limb[at] = limb & LIMB_MASK;
    }
    out.limb[0] += 19 * carry;
    return out;
}

static Number squared(Number a, int times) {
    while (times--) a = square(&a);
    return a;
}

static Number times(Number a, Number b) { return product(&a, &b); }

// To the power of p - 2 (Fermat).
static Number inverse(const Number *a) {
    Number a2 = square(a), a9 = times(squared(a2, 2), *a), a11 = times(a9, a2);
    Number b5 = times(square(&a11), a9); // a^(2^5 - 1), and so on
    Number b10 = times(squared(b5, 5), b5), b20 = times(squared(b10, 10), b10), b40 = times(squared(b20, 20), b20);
    Number b50 = times(squared(b40, 10), b10), b100 = times(squared(b50, 50), b50);
    Number b200 = times(squared(b100, 100), b100), b250 = times(squared(b200, 50), b50);
    return times(squared(b250, 5), a11);
}

static void bytes_of(uint8_t out[32], Number a) {
    // Twice, since the first carry may bring one more limb over its bound; then limbs are below 2^51 + 19.
    for (int round = 0; round < 2; round++) {
        for (int at = 0; at < 4; at++) {
            a.limb[at + 1] += a.limb[at] >> LIMB_BITS;
            a.limb[at] &= LIMB_MASK;
        }
        a.limb[0] += 19 * (a.limb[4] >> LIMB_BITS);
        a.limb[4] &= LIMB_MASK;
    }
    // 1 where the number is p or more: then adding 19 carries out of its 255 bits.
    uint64_t over = (a.limb[0] + 19) >> LIMB_BITS;
    for (int at = 1; at < 5; at++) over = (a.limb[at] + over) >> LIMB_BITS;
    a.limb[0] += 19 * over;
    for (int at = 0; at < 4; at++) {
        a.limb[at + 1] += a.limb[at] >> LIMB_BITS;
        a.limb[at] &= LIMB_MASK;
    }
    a.limb[4] &= LIMB_MASK;
    uint64_t words[4] = {
        a.limb[0] | a.limb[1] << 51,
        a.limb[1] >> 13 | a.limb[2] << 38,
        a.limb[2] >> 26 | a.limb[3] << 25,
        a.limb[3] >> 39 | a.limb[4] << 12,
    };
    for (int at = 0; at < 32; at++) out[at] = (uint8_t)(words[at / 8] >> (at % 8 * 8));
}

// MARK: points of -x^2 + y^2 = 1 + d x^2 y^2

// x = X/Z, y = Y/Z, xy = T/Z ("extended" in Hisil, Wong, Carter and Dawson, 2008).
typedef struct {
    Number x, y, z, t;
} Point;
// A point with z = 1, as it is added.
typedef struct {
    Number sum, difference, product; // y + x, y - x, 2dxy
} Multiple;

static const Point neutral = {.y = {{1}}, .z = {{1}}};
static const Number base_x = {{0x62D608F25D51A, 0x412A4B4F6592A, 0x75B7171A4B31D, 0x1FF60527118FE, 0x216936D3CD6E5}};
static const Number base_y = {{0x6666666666658, 0x4CCCCCCCCCCCC, 0x1999999999999, 0x3333333333333, 0x6666666666666}};
static const Number twice_d = {{0x69B9426B2F159, 0x35050762ADD7A, 0x3CF44C0038052, 0x6738CC7407977, 0x2406D9DC56DFF}};

static Point completed(const Number *e, const Number *f, const Number *g, const Number *h) {
    return (Point){product(e, f), product(g, h), product(f, g), product(e, h)};
}

// "madd-2008-hwcd-3", complete: there is no pair of points for which it does not hold.
static void add(Point *p, const Multiple *q) {
    Number minus = difference(&p->y, &p->x), plus = sum(&p->y, &p->x), d = sum(&p->z, &p->z);
    Number a = product(&minus, &q->difference), b = product(&plus, &q->sum), c = product(&p->t, &q->product);
    Number e = difference(&b, &a), f = difference(&d, &c), g = sum(&d, &c), h = sum(&b, &a);
    *p = completed(&e, &f, &g, &h);
}

// "dbl-2008-hwcd" with a = -1.
static void twice(Point *p) {
    Number xy = sum(&p->x, &p->y);
    Number a = square(&p->x), b = square(&p->y), z = square(&p->z), s = square(&xy);
    Number c = sum(&z, &z), ab = sum(&a, &b), e = difference(&s, &ab), g = difference(&b, &a), f = difference(&g, &c);
    Number h = difference(&zero, &ab);
    *p = completed(&e, &f, &g, &h);
}

static Multiple multiple_of(const Point *p) {
    Number z = inverse(&p->z), x = product(&p->x, &z), y = product(&p->y, &z), xy = product(&x, &y);
    return (Multiple){sum(&y, &x), difference(&y, &x), product(&xy, &twice_d)};
}

// MARK: the table

// multiples[i][j] is (j + 1) 256^i B: 30 KiB.
static Multiple multiples[DIGITS / 2][MULTIPLES];

static void fill_table(void) {
    Point base = {.x = base_x, .y = base_y, .z = one, .t = times(base_x, base_y)};
    for (int row = 0; row < DIGITS / 2; row++) {
        multiples[row][0] = multiple_of(&base);
        Point p = base;
        for (int at = 1; at < MULTIPLES; at++) {
            add(&p, &multiples[row][0]);
            multiples[row][at] = multiple_of(&p);
        }
        for (int doubling = 0; doubling < 8; doubling++) twice(&base);
    }
}

// All ones where `condition` is 1, hidden from a compiler that would make a branch of it.
static inline uint64_t mask_of(uint64_t condition) {
    uint64_t mask = 0 - condition;
    __asm__("" : "+r"(mask));
    return mask;
}

static inline void choose(Number *to, const Number *from, uint64_t mask) {
    for (int at = 0; at < 5; at++) to->limb[at] ^= mask & (to->limb[at] ^ from->limb[at]);
}

// `digit` of -8 … 8 times 256^row B. Reads the whole row whatever the digit is.
static Multiple multiple(int row, int digit) {
    uint64_t negative = (uint64_t)(int64_t)digit >> 63;
    uint64_t size = ((uint64_t)(int64_t)digit ^ (0 - negative)) + negative;
    Multiple out = {one, one, zero};
    for (uint64_t at = 0; at < MULTIPLES; at++) {
        uint64_t mask = mask_of(((size ^ (at + 1)) - 1) >> 63);
        choose(&out.sum, &multiples[row][at].sum, mask);
        choose(&out.difference, &multiples[row][at].difference, mask);
        choose(&out.product, &multiples[row][at].product, mask);
    }
    uint64_t mask = mask_of(negative);
    Number plus = out.sum, minus = difference(&zero, &out.product);
    choose(&out.sum, &out.difference, mask);
    choose(&out.difference, &plus, mask);
    choose(&out.product, &minus, mask);
    return out;
}

void handfast_curve25519_public(uint8_t public_key[32], const uint8_t secret[32]) {
    int8_t digits[DIGITS];
    for (int at = 0; at < 32; at++) {
        uint8_t byte = secret[at];
        if (at == 0) byte &= 248;
        if (at == 31) byte = (byte & 127) | 64;
        digits[2 * at] = byte & 15;
        digits[2 * at + 1] = byte >> 4;
    }
    int8_t carry = 0; // from 0 … 15 to -8 … 7; the last digit is at most 8
    for (int at = 0; at < DIGITS - 1; at++) {
        digits[at] += carry;
        carry = (int8_t)((digits[at] + 8) >> 4);
        digits[at] -= (int8_t)(carry * 16);
    }
    digits[DIGITS - 1] += carry;

    Point p = neutral;
    Multiple m;
    for (int at = 1; at < DIGITS; at += 2) {
        m = multiple(at / 2, digits[at]);
        add(&p, &m);
    }
    for (int doubling = 0; doubling < 4; doubling++) twice(&p);
    for (int at = 0; at < DIGITS; at += 2) {
        m = multiple(at / 2, digits[at]);
        add(&p, &m);
    }
    // RFC 7748 §4.1: u = (1 + y) / (1 - y).
    Number top = sum(&p.z, &p.y), bottom = difference(&p.z, &p.y), u = times(top, inverse(&bottom));
    bytes_of(public_key, u);
    OPENSSL_cleanse(digits, sizeof digits);
    OPENSSL_cleanse(&p, sizeof p);
    OPENSSL_cleanse(&m, sizeof m);
}

// MARK: the check

static int agrees_with_openssl(const uint8_t secret[32]) {
    uint8_t theirs[32], ours[32];
    size_t count = sizeof theirs;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(handfast_library(), "X25519", NULL, secret, 32);
    int same = key && EVP_PKEY_get_raw_public_key(key, theirs, &count) == 1 && count == sizeof theirs;
    EVP_PKEY_free(key);
    handfast_curve25519_public(ours, secret);
    return same && !memcmp(theirs, ours, sizeof ours);
}

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int is_right;

static void prepare(void) {
    uint8_t secret[32] = {0};
    fill_table();
    // The smallest secret and what follows from it, each public key being the next secret, then the largest one.
    is_right = 1;
    for (int round = 0; round < 16; round++) {
        is_right &= agrees_with_openssl(secret);
        handfast_curve25519_public(secret, secret);
    }
    memset(secret, 0xFF, sizeof secret);
    is_right &= agrees_with_openssl(secret);
}

int handfast_curve25519_prepare(void) { return CRYPTO_THREAD_run_once(&once, prepare) && is_right; }
