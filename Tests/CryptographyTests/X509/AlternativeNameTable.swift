// SPDX-License-Identifier: Apache-2.0
/// Alternative names and what might be registered for them.
///
/// Columns as for distinguished names, with the registered kind before the text.
let alternativeNameTable = #"""
    same ¦ dns:a.example ¦ dns a.example ¦ equal
    same ¦ dns:A.Example ¦ dns a.eXample ¦ ASCII case
    same ¦ dns:b.example|dns:a.example ¦ dns a.example ¦ any entry
    same ¦ uri:x:y|ip:7F000001|dns:a.example ¦ dns a.example ¦ among other types
    same ¦ dns:a.example ¦ dns a.example. ¦ a final dot is dropped from the text
    differ ¦ dns:a.example. ¦ dns a.example ¦ a final dot in a certificate is wrong
    differ ¦ dns:b.a.example ¦ dns a.example ¦ below
    differ ¦ dns:example ¦ dns a.example ¦ above
    differ ¦ dns:*.example ¦ dns a.example ¦ wildcard in the certificate
    differ ¦ dns:a.* ¦ dns a.example ¦ wildcard in the certificate
    differ ¦ dns:* ¦ dns localhost ¦ wildcard alone
    differ ¦ dns:.example ¦ dns a.example ¦ leading dot
    differ ¦ dns:a.example{0000} ¦ dns a.example ¦ NUL at the end
    differ ¦ dns:a.example{0000}.evil ¦ dns a.example ¦ NUL within
    differ ¦ dns:{0000}a.example ¦ dns a.example ¦ NUL at the start
    differ ¦ dns:a.example{0020} ¦ dns a.example ¦ space at the end
    differ ¦ dns:a.example{000A} ¦ dns a.example ¦ line feed at the end
    differ ¦ dns:a.exampl{00E9} ¦ dns a.exampl ¦ not ASCII
    differ ¦ uri:a.example ¦ dns a.example ¦ another type
    differ ¦ email:a.example ¦ dns a.example ¦ another type
    differ ¦ dn:CN=u:a.example ¦ dns a.example ¦ directory name
    differ ¦ other:a.example ¦ dns a.example ¦ other name
    differ ¦ ip:7F000001 ¦ dns a.example ¦ the common name never counts
    differ ¦ dns:a-example ¦ dns a.example ¦ dot is no pattern
    differ ¦ dns:aaexample ¦ dns a.example ¦ dot is no pattern
    same ¦ dns:xn--bcher-kva.example ¦ dns xn--bcher-kva.example ¦ A-label
    same ¦ dns:XN--BCHER-KVA.example ¦ dns xn--bcher-kva.example ¦ A-label folds
    same ¦ dns:my_client.internal ¦ dns my_client.internal ¦ underscore
    same ¦ dns:localhost ¦ dns localhost ¦ one label
    same ¦ dns:1.example ¦ dns 1.example ¦ digit label
    same ¦ dns:a--b.example ¦ dns a--b.example ¦ hyphens elsewhere
    refuse ¦ dns:a.example ¦ dns b{00FC}cher.example ¦ U-label
    refuse ¦ dns:a.example ¦ dns *.example ¦ wildcard
    refuse ¦ dns:a.example ¦ dns a.*.example ¦ wildcard within
    refuse ¦ dns:a.example ¦ dns ¦ empty
    refuse ¦ dns:a.example ¦ dns . ¦ dot alone
    refuse ¦ dns:a.example ¦ dns a..example ¦ empty label
    refuse ¦ dns:a.example ¦ dns .example ¦ leading dot
    refuse ¦ dns:a.example ¦ dns a.example.. ¦ two final dots
    refuse ¦ dns:a.example ¦ dns -a.example ¦ leading hyphen
    refuse ¦ dns:a.example ¦ dns a-.example ¦ trailing hyphen
    refuse ¦ dns:a.example ¦ dns ab--c.example ¦ reserved hyphens
    refuse ¦ dns:a.example ¦ dns xn--.example ¦ empty A-label
    refuse ¦ dns:a.example ¦ dns xn--a_b.example ¦ underscore in an A-label
    refuse ¦ dns:a.example ¦ dns a example ¦ space
    refuse ¦ dns:a.example ¦ dns a.example{0000} ¦ NUL
    refuse ¦ dns:a.example ¦ dns a.example:443 ¦ port
    refuse ¦ dns:a.example ¦ dns https://a.example ¦ URI
    refuse ¦ dns:a.example ¦ dns 192.0.2.1 ¦ address
    refuse ¦ dns:a.example ¦ dns ::1 ¦ address
    refuse ¦ dns:a.example ¦ dns a@b.example ¦ mailbox
    same ¦ uri:spiffe://example.org/ns/a/sa/b ¦ uri spiffe://example.org/ns/a/sa/b ¦ SPIFFE
    same ¦ uri:SPIFFE://Example.ORG/ns ¦ uri spiffe://example.org/ns ¦ scheme and host fold
    differ ¦ uri:spiffe://example.org/NS ¦ uri spiffe://example.org/ns ¦ path does not fold
    differ ¦ uri:spiffe://example.org/ns/ ¦ uri spiffe://example.org/ns ¦ final slash counts
    differ ¦ uri:spiffe://example.org ¦ uri spiffe://example.org/ ¦ empty path counts
    differ ¦ uri:spiffe://example.org/ns/../a ¦ uri spiffe://example.org/a ¦ dots are not removed
    differ ¦ uri:spiffe://example.org/%61 ¦ uri spiffe://example.org/a ¦ escapes are not decoded
    differ ¦ uri:spiffe://a.example/%C3%A9 ¦ uri spiffe://a.example/%c3%a9 ¦ escapes are exact
    differ ¦ uri:spiffe://example.org:443/a ¦ uri spiffe://example.org/a ¦ port counts
    differ ¦ uri:https://example.org:443/a ¦ uri https://example.org/a ¦ default port counts
    differ ¦ uri:spiffe://sub.example.org/a ¦ uri spiffe://example.org/a ¦ host below
    differ ¦ uri:spiffe://example.org/a?x ¦ uri spiffe://example.org/a ¦ query counts
    differ ¦ uri:spiffe://example.org/a#x ¦ uri spiffe://example.org/a ¦ fragment counts
    differ ¦ uri:spiffe://example.org/a{0000} ¦ uri spiffe://example.org/a ¦ NUL
    differ ¦ uri:spiffe://example.org/a{0000}b ¦ uri spiffe://example.org/a ¦ NUL within
    differ ¦ uri:spiffe://example.org/a{0020} ¦ uri spiffe://example.org/a ¦ space
    differ ¦ uri:spiffe://*/a ¦ uri spiffe://example.org/a ¦ wildcard
    differ ¦ dns:spiffe://example.org/a ¦ uri spiffe://example.org/a ¦ another type
    same ¦ uri:https://User@Example.org/a ¦ uri https://User@example.org/a ¦ user kept, host folds
    differ ¦ uri:https://USER@example.org/a ¦ uri https://user@example.org/a ¦ user does not fold
    differ ¦ uri:https://example.org@evil.example/ ¦ uri https://example.org/ ¦ user is no host
    same ¦ uri:https://a.example:8443/A?B=C#D ¦ uri HTTPS://A.example:8443/A?B=C#D ¦ all
    same ¦ uri:https://[2001:DB8::1]/a ¦ uri https://[2001:db8::1]/a ¦ address folds
    same ¦ uri:urn:uuid:f81d4fae-7dec ¦ uri URN:uuid:f81d4fae-7dec ¦ URN, scheme folds
    differ ¦ uri:urn:uuid:F81D4FAE ¦ uri urn:uuid:f81d4fae ¦ URN, the rest does not
    same ¦ uri:tag:a@b.example,2026:x ¦ uri tag:a@b.example,2026:x ¦ tag
    same ¦ uri:x:y|uri:spiffe://example.org/a ¦ uri spiffe://example.org/a ¦ any entry
    same ¦ uri:https://a.example?q ¦ uri https://A.example?q ¦ query without path
    refuse ¦ uri:x:y ¦ uri ¦ empty
    refuse ¦ uri:x:y ¦ uri /relative ¦ no scheme
    refuse ¦ uri:x:y ¦ uri example.org ¦ no scheme
    refuse ¦ uri:x:y ¦ uri spiffe: ¦ nothing after the scheme
    refuse ¦ uri:x:y ¦ uri spiffe:// ¦ no host
    refuse ¦ uri:x:y ¦ uri spiffe:///a ¦ no host, with a path
    refuse ¦ uri:x:y ¦ uri 1x:y ¦ scheme begins with a digit
    refuse ¦ uri:x:y ¦ uri a_b:y ¦ scheme with an underscore
    refuse ¦ uri:x:y ¦ uri spiffe://example.org/a b ¦ space
    refuse ¦ uri:x:y ¦ uri spiffe://example.org/{00E9} ¦ not ASCII
    refuse ¦ uri:x:y ¦ uri spiffe://example.org/%4 ¦ half an escape
    refuse ¦ uri:x:y ¦ uri spiffe://example.org/%zz ¦ broken escape
    refuse ¦ uri:x:y ¦ uri spiffe://example.org/<a> ¦ angle brackets
    refuse ¦ uri:x:y ¦ uri x:a#b#c ¦ two fragments
    refuse ¦ uri:x:y ¦ uri x:y{0000} ¦ NUL
    same ¦ ip:C0000201 ¦ ip 192.0.2.1 ¦ version 4
    same ¦ ip:0A000001|ip:C0000201 ¦ ip 192.0.2.1 ¦ any entry
    differ ¦ ip:C0000202 ¦ ip 192.0.2.1 ¦ neighbour
    differ ¦ ip:C0000201FFFFFFFF ¦ ip 192.0.2.1 ¦ with a mask
    differ ¦ ip:C00002 ¦ ip 192.0.2.1 ¦ three octets
    differ ¦ ip:00000000000000000000FFFFC0000201 ¦ ip 192.0.2.1 ¦ mapped is another address
    same ¦ ip:00000000000000000000FFFFC0000201 ¦ ip ::ffff:192.0.2.1 ¦ mapped, in mixed form
    same ¦ ip:00000000000000000000FFFFC0000201 ¦ ip ::ffff:c000:201 ¦ mapped, in groups
    differ ¦ dns:192.0.2.1 ¦ ip 192.0.2.1 ¦ as text in another type
    differ ¦ uri:192.0.2.1 ¦ ip 192.0.2.1 ¦ as text in another type
    same ¦ ip:00000000000000000000000000000001 ¦ ip ::1 ¦ loopback
    same ¦ ip:00000000000000000000000000000001 ¦ ip 0:0:0:0:0:0:0:1 ¦ in full
    same ¦ ip:00000000000000000000000000000001 ¦ ip 0000:0:0:0:0:0:0:0001 ¦ with zeros
    same ¦ ip:00000000000000000000000000000001 ¦ ip 0::1 ¦ gap of seven
    same ¦ ip:00000000000000000000000000000001 ¦ ip ::0.0.0.1 ¦ in mixed form
    same ¦ ip:00000000000000000000000000000000 ¦ ip :: ¦ unspecified
    same ¦ ip:20010DB8000000000000000000000001 ¦ ip 2001:DB8::1 ¦ upper case
    same ¦ ip:20010DB8000000000000000000000001 ¦ ip 2001:db8:0:0::1 ¦ part of the gap written
    same ¦ ip:20010DB8000000000000000000000000 ¦ ip 2001:db8:: ¦ gap at the end
    same ¦ ip:00010002000300040005000600070000 ¦ ip 1:2:3:4:5:6:7:: ¦ gap of one
    differ ¦ ip:20010DB8000000000000000000000002 ¦ ip 2001:db8::1 ¦ neighbour
    differ ¦ ip:20010DB8000000000000000000000001FFFFFFFFFFFFFFFF ¦ ip 2001:db8::1 ¦ with a mask
    refuse ¦ ip:C0000201 ¦ ip ¦ empty
    refuse ¦ ip:C0000201 ¦ ip 192.0.2 ¦ three numbers
    refuse ¦ ip:C0000201 ¦ ip 192.0.2.1.1 ¦ five numbers
    refuse ¦ ip:C0000201 ¦ ip 192.0.2.256 ¦ number too large
    refuse ¦ ip:C0000201 ¦ ip 192.0.2.01 ¦ leading zero
    refuse ¦ ip:C0000201 ¦ ip 192.0.2.+1 ¦ sign
    refuse ¦ ip:C0000201 ¦ ip 192.0.2.1/32 ¦ prefix length
    refuse ¦ ip:C0000201 ¦ ip 0xC0.0.2.1 ¦ hexadecimal
    refuse ¦ ip:C0000201 ¦ ip 3221225985 ¦ one number
    refuse ¦ ip:C0000201 ¦ ip  192.0.2.1 ¦ leading space
    refuse ¦ ip:C0000201 ¦ ip [::1] ¦ brackets
    refuse ¦ ip:C0000201 ¦ ip fe80::1%eth0 ¦ zone
    refuse ¦ ip:C0000201 ¦ ip : ¦ colon alone
    refuse ¦ ip:C0000201 ¦ ip ::: ¦ three colons
    refuse ¦ ip:C0000201 ¦ ip 1::2::3 ¦ two gaps
    refuse ¦ ip:C0000201 ¦ ip 1:2:3:4:5:6:7 ¦ seven groups
    refuse ¦ ip:C0000201 ¦ ip 1:2:3:4:5:6:7:8:9 ¦ nine groups
    refuse ¦ ip:C0000201 ¦ ip 1:2:3:4:5:6:7:8:: ¦ gap of none
    refuse ¦ ip:C0000201 ¦ ip ::12345 ¦ five digits
    refuse ¦ ip:C0000201 ¦ ip ::g ¦ no digit
    refuse ¦ ip:C0000201 ¦ ip ::1.2.3 ¦ broken mixed form
    refuse ¦ ip:C0000201 ¦ ip 1.2.3.4:: ¦ mixed form at the start
    refuse ¦ ip:C0000201 ¦ ip 1:2 ¦ two groups
    refuse ¦ ip:C0000201 ¦ ip localhost ¦ name
    same ¦ email:me@example.org ¦ email me@example.org ¦ equal
    same ¦ email:me@EXAMPLE.org ¦ email me@example.ORG ¦ domain folds
    differ ¦ email:Me@example.org ¦ email me@example.org ¦ local part does not fold
    differ ¦ email:me@sub.example.org ¦ email me@example.org ¦ domain below
    differ ¦ email:example.org ¦ email me@example.org ¦ a host is no mailbox
    differ ¦ email:me+x@example.org ¦ email me@example.org ¦ tags count
    differ ¦ email:m.e@example.org ¦ email me@example.org ¦ dots count
    differ ¦ email:me@example.org{0000} ¦ email me@example.org ¦ NUL
    differ ¦ email:me{0000}@example.org ¦ email me@example.org ¦ NUL in the local part
    differ ¦ email:me@example.org{0020} ¦ email me@example.org ¦ space
    differ ¦ email:<me@example.org> ¦ email me@example.org ¦ angle brackets
    differ ¦ email:a@me@example.org ¦ email me@example.org ¦ two at signs
    differ ¦ uri:mailto:me@example.org ¦ email me@example.org ¦ another type
    differ ¦ dns:me@example.org ¦ email me@example.org ¦ another type
    differ ¦ other:me@example.org ¦ email me@example.org ¦ other name
    same ¦ email:a@b.example|email:me@example.org ¦ email me@example.org ¦ any entry
    same ¦ email:a+b_c-d@x.example ¦ email a+b_c-d@x.example ¦ punctuation
    refuse ¦ email:me@example.org ¦ email ¦ empty
    refuse ¦ email:me@example.org ¦ email me ¦ no domain
    refuse ¦ email:me@example.org ¦ email @example.org ¦ no local part
    refuse ¦ email:me@example.org ¦ email me@ ¦ nothing after the at sign
    refuse ¦ email:me@example.org ¦ email a@b@c.example ¦ two at signs
    refuse ¦ email:me@example.org ¦ email .me@example.org ¦ leading dot
    refuse ¦ email:me@example.org ¦ email m..e@example.org ¦ two dots
    refuse ¦ email:me@example.org ¦ email me@example.org. ¦ final dot
    refuse ¦ email:me@example.org ¦ email me@*.org ¦ wildcard
    refuse ¦ email:me@example.org ¦ email "me"@example.org ¦ quoted local part
    refuse ¦ email:me@example.org ¦ email Me <me@example.org> ¦ with a name
    refuse ¦ email:me@example.org ¦ email m{00E9}@example.org ¦ not ASCII
    refuse ¦ email:me@example.org ¦ email me@[192.0.2.1] ¦ address as domain
    refuse ¦ email:me@example.org ¦ email me{0000}@example.org ¦ NUL
    """#
