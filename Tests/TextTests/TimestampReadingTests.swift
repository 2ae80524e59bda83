// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Text

struct TimestampReadingTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1),
            ("2026-11-30T14:00:00Z", 1_796_047_200_000),
            ("2026-11-30t14:00:00z", 1_796_047_200_000),
            ("2026-11-30T15:30:00+01:30", 1_796_047_200_000),
            ("2026-11-29T23:00:00.5-15:00", 1_796_047_200_500),
            ("2026-11-30T14:00:00.123456789Z", 1_796_047_200_123),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("2026-11-30T14:00:00-00:00", 1_796_047_200_000),
        ] as [(String, Int64)]
    )
    func `a time is read`(text: String, milliseconds: Int64) {
        #expect(TimestampText.milliseconds(text) == milliseconds)
    }

    @Test func `each day of four centuries is read as it is written`() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            var text: [UInt8] = []
            TimestampText.append(milliseconds: day * 86_400_000 + 3_723_004, to: &text)
            let read = TimestampText.milliseconds(String(decoding: text, as: UTF8.self))
            if read != day * 86_400_000 + 3_723_004 { Issue.record("day \(day)") }
        }
    }

    @Test(
        arguments: [
            "", "2026-11-30", "2026-11-30T14:00:00", "2026-11-30 14:00:00Z", "2026-11-30T14:00Z",
            "26-11-30T14:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-11-00T00:00:00Z", "2026-11-30T24:00:00Z", "2026-11-30T14:60:00Z",
            "2026-11-30T14:00:60Z", "2026-11-30T14:00:00.Z", "2026-11-30T14:00:00+1:00",
            "2026-11-30T14:00:00+24:00", "2026-11-30T14:00:00+01:60", "2026-11-30T14:00:00Z ",
            " 2026-11-30T14:00:00Z", "2026-11-3OT14:00:00Z", "-2026-11-30T14:00:00Z",
            "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
            "2026-11-30T14:00:00+0100", "２026-11-30T14:00:00Z",
        ]
    )
    func `another text is no time`(text: String) {
        #expect(TimestampText.milliseconds(text) == nil)
    }
}
