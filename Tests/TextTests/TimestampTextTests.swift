// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

struct TimestampTextTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_800_001, "2000-03-01T00:00:00.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func `times are RFC 3339`(_ milliseconds: Int64, _ text: String) {
        var bytes: [UInt8] = []
        TimestampText.append(milliseconds: milliseconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `seconds out of the years that RFC 3339 has stay numbers`() {
        #expect(TimestampText.text(1_800_000_000) == "2027-01-15T08:00:00.000Z")
        #expect(TimestampText.text(-1) == "-1")
        #expect(TimestampText.text(253_402_300_800) == "253402300800")
    }
}
