// SPDX-License-Identifier: Apache-2.0
#include "CertificateForm.h"

#include <string.h>

// Deeper than any certificate nests: RSASSA-PSS's parameters reach seven.
enum { DEPTH_MAX = 16 };

enum {
    TAG_BOOLEAN = 0x01, TAG_INTEGER = 0x02, TAG_BIT_STRING = 0x03, TAG_NULL = 0x05, TAG_OID = 0x06, TAG_UTF8 = 0x0C,
    TAG_NUMERIC = 0x12, TAG_T61 = 0x14, TAG_IA5 = 0x16, TAG_VISIBLE = 0x1A, TAG_UNIVERSAL = 0x1C, TAG_BMP = 0x1E,
    TAG_SEQUENCE = 0x30, TAG_SET = 0x31, TAG_ISSUER_ID = 0x81, TAG_SUBJECT_ID = 0x82, TAG_VERSION = 0xA0, TAG_EXTENSIONS = 0xA3,
    CONSTRUCTED = 0x20, UNIVERSAL_CLASS_MASK = 0xC0,
};

typedef struct {
    uint8_t tag;
    ByteRange whole, content;
} Element;

// MARK: reading

// Takes the next element off the front: definite, shortest lengths only.
static int next(ByteRange *rest, Element *element) {
    const uint8_t *at = rest->bytes;
    if (rest->count < 2 || (at[0] & 0x1F) == 0x1F) return 0;
    size_t header = 2, length = at[1];
    if (length & 0x80) {
        size_t octets = length & 0x7F;
        if (!octets || octets > 4 || rest->count - 2 < octets) return 0;
        length = 0;
        for (size_t octet = 0; octet < octets; octet++) length = length << 8 | at[2 + octet];
        if (length < 0x80 || (octets > 1 && !(length >> 8 * (octets - 1)))) return 0;
        header += octets;
    }
    if (rest->count - header < length) return 0;
    element->tag = at[0];
    element->whole = (ByteRange){at, header + length};
    element->content = (ByteRange){at + header, length};
    rest->bytes += header + length;
    rest->count -= header + length;
    return 1;
}

static int take(ByteRange *rest, uint8_t tag, Element *element) { return next(rest, element) && element->tag == tag; }

static int is_equal(ByteRange one, ByteRange other) {
    return one.count == other.count && !memcmp(one.bytes, other.bytes, one.count);
}

static int is_padded(ByteRange integer) {
    if (integer.count < 2) return !integer.count;
    return (integer.bytes[0] == 0 && integer.bytes[1] < 0x80) || (integer.bytes[0] == 0xFF && integer.bytes[1] >= 0x80);
}

// Whether DER has such an element: strings in pieces are BER's, sequences and sets are never primitive.
static int is_well_formed(const Element *element) {
    int is_universal = !(element->tag & UNIVERSAL_CLASS_MASK), is_constructed = element->tag & CONSTRUCTED;
    if (!is_universal) return 1;
    if (is_constructed) return element->tag == TAG_SEQUENCE || element->tag == TAG_SET;
    switch (element->tag) {
    case 0:
    case TAG_SEQUENCE & ~CONSTRUCTED:
    case TAG_SET & ~CONSTRUCTED: return 0;
    case TAG_BOOLEAN: return element->content.count == 1 && (element->content.bytes[0] == 0 || element->content.bytes[0] == 0xFF);
    case TAG_INTEGER: return !is_padded(element->content);
    case TAG_NULL: return !element->content.count;
    default: return 1;
    }
}

// Counts the elements of every level; 0 where one of them is not DER.
static size_t count_elements(ByteRange bytes) {
    ByteRange open[DEPTH_MAX];
    size_t depth = 0, elements = 0;
    open[0] = bytes;
    while (1) {
        if (!open[depth].count) {
            if (!depth) return elements;
            depth--;
            continue;
        }
        Element element;
        if (!next(&open[depth], &element) || !is_well_formed(&element)) return 0;
        elements++;
        if (!(element.tag & CONSTRUCTED)) continue;
        if (++depth == DEPTH_MAX) return 0;
        open[depth] = element.content;
    }
}

static int read_body(ByteRange body, ByteRange outer_algorithm, CertificateOutline *outline) {
    Element element;
    int has_version = body.count && body.bytes[0] == TAG_VERSION;
    if (has_version && !next(&body, &element)) return 0;
    if (!take(&body, TAG_INTEGER, &element)) return 0;
    // RFC 5280 §4.1.1.2: only the inner one is signed, so the outer one must repeat it.
    if (!take(&body, TAG_SEQUENCE, &element) || !is_equal(element.whole, outer_algorithm)) return 0;
    if (!take(&body, TAG_SEQUENCE, &element)) return 0;
    outline->issuer = element.whole;
    if (!take(&body, TAG_SEQUENCE, &element)) return 0; // the validity
    if (!take(&body, TAG_SEQUENCE, &element)) return 0;
    outline->subject = element.whole;
    if (!take(&body, TAG_SEQUENCE, &element)) return 0;
    outline->key = element.whole;
    static const uint8_t optional[] = {TAG_ISSUER_ID, TAG_SUBJECT_ID, TAG_EXTENSIONS};
    for (size_t at = 0; at < sizeof optional; at++)
        if (body.count && body.bytes[0] == optional[at] && !next(&body, &element)) return 0;
    return !body.count;
}

int handfast_outline_read(const uint8_t *der, size_t count, CertificateOutline *outline) {
    ByteRange rest = {der, count};
    Element certificate, body, algorithm, signature;
    if (!take(&rest, TAG_SEQUENCE, &certificate) || rest.count) return 0;
    rest = certificate.content;
    if (!take(&rest, TAG_SEQUENCE, &body) || !take(&rest, TAG_SEQUENCE, &algorithm)) return 0;
    if (!take(&rest, TAG_BIT_STRING, &signature) || rest.count) return 0;
    if (!signature.content.count || signature.content.bytes[0]) return 0; // whole octets
    outline->elements = count_elements((ByteRange){der, count});
    return outline->elements && read_body(body.content, algorithm.whole, outline);
}

// MARK: keys

static int is_one_of(ByteRange content, const uint8_t *bytes, size_t count) {
    return is_equal(content, (ByteRange){bytes, count});
}
#define IS(content, ...) is_one_of(content, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static size_t bits_of(ByteRange integer) {
    while (integer.count && !integer.bytes[0]) integer.bytes++, integer.count--;
    if (!integer.count) return 0;
    size_t bits = integer.count * 8;
    for (uint8_t top = integer.bytes[0]; !(top & 0x80); top = (uint8_t)(top << 1)) bits--;
    return bits;
}

// An exponent multiplies the cost of a modulus: as in `KeyPolicy`, 64 bits at most, and never more work than 65537 is with
// the largest modulus.
static KeyForm rsa_form(ByteRange bits, size_t rsa_bits_max) {
    Element key, modulus, exponent;
    if (!take(&bits, TAG_SEQUENCE, &key) || bits.count) return KEY_IS_OF_ANOTHER_KIND;
    if (!take(&key.content, TAG_INTEGER, &modulus) || !take(&key.content, TAG_INTEGER, &exponent) || key.content.count)
        return KEY_IS_OF_ANOTHER_KIND;
    if (is_padded(modulus.content) || is_padded(exponent.content)) return KEY_IS_OF_ANOTHER_KIND;
    if ((modulus.content.bytes[0] | exponent.content.bytes[0]) & 0x80) return KEY_IS_OF_ANOTHER_KIND; // below zero
    size_t size = bits_of(modulus.content), power = bits_of(exponent.content);
    if (size > rsa_bits_max || power > 64) return KEY_IS_TOO_COSTLY;
    return size * size * power > rsa_bits_max * rsa_bits_max * 17 ? KEY_IS_TOO_COSTLY : KEY_IS_TAKEN;
}

static KeyForm curve_form(ByteRange parameters, ByteRange point) {
    Element curve;
    if (!take(&parameters, TAG_OID, &curve) || parameters.count) return KEY_IS_OF_ANOTHER_KIND;
    size_t size = IS(curve.content, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07) ? 32
        : IS(curve.content, 0x2B, 0x81, 0x04, 0x00, 0x22) ? 48
        : IS(curve.content, 0x2B, 0x81, 0x04, 0x00, 0x23) ? 66
        : 0;
    if (!size) return KEY_IS_OF_ANOTHER_KIND;
    return point.count == 1 + 2 * size || point.count == 1 + size ? KEY_IS_TAKEN : KEY_IS_OF_ANOTHER_KIND;
}

KeyForm handfast_key_form(ByteRange key, size_t rsa_bits_max) {
    Element info, algorithm, identifier, bits;
    if (!take(&key, TAG_SEQUENCE, &info) || !take(&info.content, TAG_SEQUENCE, &algorithm)) return KEY_IS_OF_ANOTHER_KIND;
    if (!take(&info.content, TAG_BIT_STRING, &bits) || info.content.count) return KEY_IS_OF_ANOTHER_KIND;
    if (!take(&algorithm.content, TAG_OID, &identifier)) return KEY_IS_OF_ANOTHER_KIND;
    if (!bits.content.count || bits.content.bytes[0]) return KEY_IS_OF_ANOTHER_KIND;
    ByteRange value = {bits.content.bytes + 1, bits.content.count - 1};
    if (IS(identifier.content, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01)
        || IS(identifier.content, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A))
        return rsa_form(value, rsa_bits_max);
    if (IS(identifier.content, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01)) return curve_form(algorithm.content, value);
    if (IS(identifier.content, 0x2B, 0x65, 0x70)) return value.count == 32 ? KEY_IS_TAKEN : KEY_IS_OF_ANOTHER_KIND;
    return KEY_IS_OF_ANOTHER_KIND;
}

// MARK: names

// Longer names are the same only when their bytes are: folding is not to cost a hostile chain's length squared.
enum { FOLDED_MAX = 1024 };

// Of what is folded only ASCII is looked at; the other types are converted for a comparison, which is not done here.
static int is_text(uint8_t tag) { return tag == TAG_UTF8 || (tag >= TAG_NUMERIC && tag <= TAG_BMP); }
static int is_converted(uint8_t tag) { return tag == TAG_T61 || tag == TAG_UNIVERSAL || tag == TAG_BMP; }

static int folded(ByteRange *text) {
    while (text->count && (text->bytes[0] == ' ' || (text->bytes[0] >= '\t' && text->bytes[0] <= '\r')))
        text->bytes++, text->count--;
    if (!text->count) return -1;
    uint8_t byte = *text->bytes++;
    text->count--;
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static int texts_are_alike(ByteRange one, ByteRange other) {
    while (1) {
        int byte = folded(&one);
        if (byte != folded(&other)) return 0;
        if (byte < 0) return 1;
    }
}

// A set is sorted by what is in it, so that folding may change its order; such names pass for alike.
static int has_several(ByteRange set) {
    Element first;
    return next(&set, &first) && set.count;
}

int handfast_names_are_alike(ByteRange one, ByteRange other) {
    if (is_equal(one, other)) return 1;
    if (one.count > FOLDED_MAX || other.count > FOLDED_MAX) return 0;
    Element left, right;
    // Sequences and sets are entered, and their ends not looked for: what is in them comes in the same order.
    while (one.count && other.count) {
        if (!next(&one, &left) || !next(&other, &right)) return 0;
        if (left.tag == TAG_SET && right.tag == TAG_SET && (has_several(left.content) || has_several(right.content))) continue;
        if (left.tag & right.tag & CONSTRUCTED) {
            one = (ByteRange){left.content.bytes, left.content.count + one.count};
            other = (ByteRange){right.content.bytes, right.content.count + other.count};
        } else if (is_text(left.tag) && is_text(right.tag)) {
            int differs = left.tag != right.tag && (is_converted(left.tag) || is_converted(right.tag));
            if (!differs && !texts_are_alike(left.content, right.content)) return 0;
        } else if (left.tag != right.tag || !is_equal(left.content, right.content)) {
            return 0;
        }
    }
    return !one.count && !other.count;
}
