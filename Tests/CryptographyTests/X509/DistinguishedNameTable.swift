// SPDX-License-Identifier: Apache-2.0
/// Subjects and what might be registered for them.
///
/// Results are `same`, `differ`, and `refuse` for text that is no name. Columns: result,
/// certificate (see `SyntheticCertificate`), registered text, reason.
let distinguishedNameTable = ##"""
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,O=WSO2,C=LK ¦ RFC 4514 order
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ C=LK,O=WSO2,CN=playground2 ¦ copied in DER order
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ /C=LK/O=WSO2/CN=playground2 ¦ OpenSSL's form
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ /CN=playground2/O=WSO2/C=LK ¦ OpenSSL's form, reversed
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ C = LK, O = WSO2, CN = playground2 ¦ openssl -subject
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2;O=WSO2;C=LK ¦ RFC 1779 separators
    same ¦ C=p:LK|CN=u:playground2 ¦   CN = playground2 ,  C = LK   ¦ spaces around
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ cn=playground2,o=WSO2,c=LK ¦ keywords in lower case
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ cN=PLAYGROUND2,o=wso2,c=lk ¦ values fold case
    same ¦ C=p:LK|CN=u:playground2 ¦ 2.5.4.3=playground2,2.5.4.6=LK ¦ in numbers
    same ¦ C=p:LK|CN=u:playground2 ¦ OID.2.5.4.3=playground2,C=LK ¦ OID prefix
    same ¦ C=p:LK|CN=u:playground2 ¦ commonName=playground2,countryName=LK ¦ long names
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN="playground2",O="WSO2",C="LK" ¦ quoted
    same ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=\70layground2,O=WSO2,C=LK ¦ hexadecimal pair
    same ¦ C=p:LK|CN=u:playground2 ¦ CN=#0C0B706C617967726F756E6432,C=LK ¦ BER UTF8String
    same ¦ C=p:LK|CN=u:playground2 ¦ CN=#130b706c617967726f756e6432,C=LK ¦ BER PrintableString
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,O=WSO2 ¦ country missing
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ O=WSO2,C=LK ¦ common name missing
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,C=LK ¦ organisation missing
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2 ¦ common name alone
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,OU=x,O=WSO2,C=LK ¦ unit too many
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,CN=playground2,O=WSO2,C=LK ¦ twice
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ O=WSO2,CN=playground2,C=LK ¦ another permutation
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2,C=LK,O=WSO2 ¦ another permutation
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ /O=WSO2/C=LK/CN=playground2 ¦ another permutation
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2+O=WSO2,C=LK ¦ joined
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground2+O=WSO2+C=LK ¦ all joined
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground,O=WSO2,C=LK ¦ prefix
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground22,O=WSO2,C=LK ¦ longer
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=play ground2,O=WSO2,C=LK ¦ space within
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=*,O=WSO2,C=LK ¦ no wildcard
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=playground*,O=WSO2,C=LK ¦ no wildcard
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ OU=playground2,O=WSO2,C=LK ¦ another type
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ UID=playground2,O=WSO2,C=LK ¦ another type
    differ ¦ C=p:LK|O=u:WSO2|CN=u:playground2 ¦ CN=WSO2,O=playground2,C=LK ¦ values swapped
    differ ¦ C=p:LK|CN=u:playground2 ¦ CN=#040B706C617967726F756E6432,C=LK ¦ BER OCTET STRING
    same ¦ CN=u:x ¦ CN=x ¦ one part
    same ¦ CN=p:x ¦ CN=x ¦ PrintableString
    same ¦ CN=i:x ¦ CN=x ¦ IA5String
    same ¦ CN=n:7 ¦ CN=7 ¦ NumericString
    same ¦ CN=v:x ¦ CN=x ¦ VisibleString
    same ¦ CN=t:x ¦ CN=x ¦ T61String
    same ¦ CN=b:x ¦ CN=x ¦ BMPString
    same ¦ CN=w:x ¦ CN=x ¦ UniversalString
    same ¦ CN=t:Jos{00E9} ¦ CN=Jos{00E9} ¦ T61String as Latin-1
    same ¦ CN=b:Jos{00E9} ¦ CN=Jos{00E9} ¦ BMPString beyond ASCII
    same ¦ CN=w:Jos{00E9} ¦ CN=Jos{00E9} ¦ UniversalString beyond ASCII
    same ¦ CN=u:Jos{00E9} ¦ CN=Jos{00E9} ¦ UTF8String beyond ASCII
    same ¦ CN=u:Jos{00E9} ¦ CN=Jos\C3\A9 ¦ UTF-8 in hexadecimal pairs
    same ¦ CN=u:Jos{00E9} ¦ CN=Jos\c3\a9 ¦ lower-case pairs
    same ¦ CN=u:Jos{00E9} ¦ CN=JOS{00C9} ¦ case beyond ASCII
    same ¦ CN=u:Jose{0301} ¦ CN=Jos{00E9} ¦ canonical equivalence
    same ¦ CN=u:Jos{00E9} ¦ CN=Jose\CC\81 ¦ canonical equivalence, escaped
    differ ¦ CN=u:Jos{00E9} ¦ CN=Jose ¦ accents count
    same ¦ CN=u:{03A3}{0391}{03A3} ¦ CN={03C3}{03B1}{03C2} ¦ final sigma folds
    same ¦ CN=u:{0416} ¦ CN={0436} ¦ Cyrillic case
    differ ¦ CN=u:{0430}dmin ¦ CN=admin ¦ Cyrillic look-alike
    differ ¦ CN=u:{FF41}dmin ¦ CN=admin ¦ full-width letters stay different
    differ ¦ CN=u:{0131} ¦ CN=i ¦ dotless i
    differ ¦ CN=u:stra{00DF}e ¦ CN=strasse ¦ sharp s stays one letter
    same ¦ CN=u:  a   b  ¦ CN=a b ¦ spaces collapse
    same ¦ CN=u:a b ¦ CN=a     b ¦ spaces collapse in the text
    same ¦ CN=u:a b ¦ CN=\20\20a b\20 ¦ escaped outer spaces are outer spaces
    same ¦ CN=u:a b ¦ CN=\ a b\  ¦ escaped with backslash and space
    same ¦ CN=u:a{0009}b ¦ CN=a b ¦ a tab is a space
    same ¦ CN=u:a{00A0}b ¦ CN=a b ¦ a no-break space is a space
    same ¦ CN=u:a{2003}b ¦ CN=a b ¦ an em space is a space
    same ¦ CN=u:a{3000}b ¦ CN=a b ¦ an ideographic space is a space
    same ¦ CN=u:a{000A}b ¦ CN=a b ¦ a line feed is a space
    same ¦ CN=u:a{0085}b ¦ CN=a b ¦ next line is a space
    differ ¦ CN=u:ab ¦ CN=a b ¦ a space counts
    same ¦ CN=u:a{200B}b ¦ CN=ab ¦ zero-width space is nothing
    same ¦ CN=u:a{200D}b ¦ CN=ab ¦ zero-width joiner is nothing
    same ¦ CN=u:a{00AD}b ¦ CN=ab ¦ soft hyphen is nothing
    same ¦ CN=u:{FEFF}ab ¦ CN=ab ¦ byte order mark is nothing
    same ¦ CN=u:a{202E}b ¦ CN=ab ¦ direction override is nothing
    same ¦ CN=u:a{0001}b ¦ CN=ab ¦ a control is nothing (RFC 4518)
    same ¦ CN=u:a{FE0F}b ¦ CN=ab ¦ variation selector is nothing
    differ ¦ CN=u:a{0000}b ¦ CN=ab ¦ NUL never matches
    differ ¦ CN=u:admin{0000} ¦ CN=admin ¦ NUL at the end never matches
    differ ¦ CN=u:{0000}admin ¦ CN=admin ¦ NUL at the start never matches
    differ ¦ CN=u:admin{0000}.evil ¦ CN=admin ¦ cut at NUL never matches
    differ ¦ CN=p:a{0000}b ¦ CN=ab ¦ NUL in PrintableString
    differ ¦ CN=i:a{0000}b ¦ CN=ab ¦ NUL in IA5String
    differ ¦ CN=b:a{0000}b ¦ CN=ab ¦ NUL in BMPString
    differ ¦ CN=t:a{0000}b ¦ CN=ab ¦ NUL in T61String
    differ ¦ O=u:x{0000}y|CN=u:a ¦ CN=a,O=xy ¦ NUL in another attribute
    refuse ¦ CN=u:ab ¦ CN=a\00b ¦ NUL escaped
    refuse ¦ CN=u:ab ¦ CN=a{0000}b ¦ NUL bare
    refuse ¦ CN=u:ab ¦ CN="a\00b" ¦ NUL in quotes
    refuse ¦ CN=u:ab ¦ CN=#0C03610062 ¦ NUL in BER
    differ ¦ CN=u:a{E000}b ¦ CN=ab ¦ private use is prohibited
    differ ¦ CN=u:a{FFFD}b ¦ CN=ab ¦ replacement character is prohibited
    refuse ¦ CN=u:ab ¦ CN=a{E000}b ¦ private use cannot be registered
    differ ¦ CN=U:61FF62 ¦ CN=ab ¦ broken UTF-8 never matches
    differ ¦ CN=U:C080 ¦ CN= ¦ overlong UTF-8 never matches
    differ ¦ CN=U:EDA080 ¦ CN=a ¦ surrogate in UTF-8 never matches
    differ ¦ CN=B:006100 ¦ CN=a ¦ odd BMPString never matches
    differ ¦ CN=B:D83DDE00 ¦ CN={D83D} ¦ surrogates in BMPString never match
    differ ¦ CN=p:Jos{00E9} ¦ CN=Jos{00E9} ¦ PrintableString beyond ASCII never matches
    refuse ¦ CN=u:ab ¦ CN=a\FFb ¦ broken UTF-8 in the text
    same ¦ CN=u:Sue, Grabbit ¦ CN=Sue\, Grabbit ¦ escaped comma
    same ¦ CN=u:Sue, Grabbit ¦ CN=Sue\2C Grabbit ¦ comma as a pair
    same ¦ CN=u:Sue, Grabbit ¦ CN="Sue, Grabbit" ¦ comma in quotes
    same ¦ CN=u:Sue, Grabbit ¦ /CN=Sue, Grabbit ¦ comma in OpenSSL's form
    differ ¦ CN=u:Sue\, Grabbit ¦ CN=Sue\, Grabbit ¦ a backslash is a character
    same ¦ CN=u:a\b ¦ CN=a\\b ¦ escaped backslash
    same ¦ CN=u:a\b ¦ CN=a\5Cb ¦ backslash as a pair
    same ¦ CN=u:a"b ¦ CN=a\"b ¦ escaped quote
    same ¦ CN=u:a"b ¦ CN="a\"b" ¦ escaped quote in quotes
    same ¦ CN=u:a{002B}b ¦ CN=a\{002B}b ¦ escaped plus
    same ¦ CN=u:a;b ¦ CN=a\;b ¦ escaped semicolon
    same ¦ CN=u:a;b ¦ CN="a;b" ¦ semicolon in quotes
    same ¦ CN=u:a<b> ¦ CN=a\<b\> ¦ escaped angle brackets
    same ¦ CN=u:a<b> ¦ CN="a<b>" ¦ angle brackets in quotes
    same ¦ CN=u:a=b ¦ CN=a=b ¦ bare equals sign
    same ¦ CN=u:a=b ¦ CN=a\=b ¦ escaped equals sign
    same ¦ CN=u:#1 ¦ CN=\#1 ¦ escaped number sign
    same ¦ CN=u:a#1 ¦ CN=a#1 ¦ number sign within
    same ¦ CN=u:a/b ¦ CN=a/b ¦ slash in RFC 4514
    same ¦ CN=u:a/b ¦ /CN=a\/b ¦ escaped slash in OpenSSL's form
    same ¦ CN=u:a/b ¦ /CN=a\2Fb ¦ slash as a pair in OpenSSL's form
    same ¦ CN=u:Jos{00E9} ¦ /CN=Jos\xC3\xA9 ¦ OpenSSL's octets
    same ¦ O=u:x|CN=u:host/a.example ¦ /O=x/CN=host\/a.example ¦ escaped slash
    refuse ¦ O=u:x|CN=u:host/a.example ¦ /O=x/CN=host/a.example ¦ a bare slash is ambiguous
    same ¦ C=p:LK|O=u:WSO2|CN=u:x ¦ C=LK{000A}O=WSO2{000A}CN=x ¦ lines, as Node prints them
    same ¦ C=p:LK|O=u:WSO2|CN=u:x ¦ CN=x{000D}{000A}O=WSO2{000D}{000A}C=LK ¦ of Windows
    same ¦ C=p:LK|CN=u:x ¦ {000A}    countryName = LK{000A}    commonName  = x{000A} ¦ multiline
    same ¦ O=u:Foo, Inc.|CN=u:x ¦ O=Foo, Inc.{000A}CN=x ¦ a comma in a line
    same ¦ O=u:Foo, Inc.|CN=u:x ¦ O=Foo\, Inc.{000A}CN=x ¦ an escaped comma in a line
    same ¦ O=u:Foo, Inc.|CN=u:x ¦ O="Foo, Inc."{000A}CN=x ¦ quotes in a line
    same ¦ O=u:a;b|CN=u:<x> ¦ O=a;b{000A}CN=<x> ¦ separators of other forms in lines
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ O=a{000A}CN=x + UID=y ¦ set in a line
    same ¦ O=u:a|CN=u:x ¦ CN=x,{000A}  O=a ¦ one name broken after its comma
    same ¦ O=u:a|CN=u:x ¦ CN=x{000A}, O=a ¦ one name broken before its comma
    differ ¦ C=p:LK|O=u:WSO2|CN=u:x ¦ C=LK{000A}CN=x ¦ a line missing
    differ ¦ C=p:LK|O=u:WSO2|CN=u:x ¦ O=WSO2{000A}C=LK{000A}CN=x ¦ lines in another order
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ O=a{000A}CN=x{000A}UID=y ¦ set taken apart into lines
    differ ¦ O=u:Foo|CN=u:x ¦ O=Foo, Inc.{000A}CN=x ¦ a comma in a line is of the value
    refuse ¦ CN=u:a b ¦ CN=a{000A}b ¦ a line without a type
    refuse ¦ CN=u:ab|O=u:x ¦ O=x{000A}CN=a+b ¦ bare plus in a line
    refuse ¦ O=u:a b|CN=u:x ¦ CN=x,O=a{000A}b,C=LK ¦ a value over the end of a line
    refuse ¦ O=u:a|CN=u:x|C=u:c ¦ CN=x,{000A}O=a{000A}C=c ¦ lines and commas mixed
    refuse ¦ CN=u:x ¦ O="a{000A}CN=x ¦ quotes that do not end in their line
    same ¦ O=u:Foo "Bar"|CN=u:x ¦ CN=x, O="Foo ""Bar""" ¦ doubled quotes of Windows
    same ¦ O=u:"|CN=u:x ¦ CN=x, O="""" ¦ a quote alone, doubled
    differ ¦ O=u:Foo "Bar"|CN=u:x ¦ CN=x, O="Foo Bar" ¦ quotes are of the value
    differ ¦ O=u:Foo""Bar|CN=u:x ¦ CN=x, O="Foo""Bar" ¦ doubled quotes are one
    refuse ¦ O=u:a"|CN=u:x ¦ CN=x, O="a"" ¦ an odd number of quotes
    refuse ¦ O=u:a"b|CN=u:x ¦ CN=x, O="a"b" ¦ a single quote within
    same ¦ GENERATION=u:Jr|CN=u:x ¦ CN=x,GENERATION=Jr ¦ generation as Java prints it
    same ¦ JURISDICTION=p:LK|CN=u:x ¦ CN=x,jurisdictionOfIncorporationCountryName=LK ¦ GnuTLS
    refuse ¦ CN=u:x ¦ ¦ empty
    refuse ¦ CN=u:x ¦ / ¦ empty in OpenSSL's form
    refuse ¦ CN=u:x ¦ , ¦ separator alone
    refuse ¦ CN=u:x ¦ CN ¦ no equals sign
    refuse ¦ CN=u:x ¦ =x ¦ no type
    refuse ¦ CN=u:x ¦ x ¦ no type, no equals sign
    refuse ¦ CN=u:x ¦ CN=x, ¦ ends in a separator
    refuse ¦ CN=u:x ¦ ,CN=x ¦ begins with a separator
    refuse ¦ CN=u:x ¦ CN=x,,O=y ¦ two separators
    refuse ¦ CN=u:x ¦ CN=x+ ¦ ends in a plus
    refuse ¦ CN=u:x ¦ CN=x+,O=y ¦ plus before a separator
    refuse ¦ CN=u:x ¦ //CN=x ¦ empty part
    refuse ¦ CN=u:x ¦ /CN=x/ ¦ ends in a slash
    refuse ¦ CN=u:x ¦ /CN=a+b ¦ bare plus in OpenSSL's form
    refuse ¦ CN=u:x ¦ CN=a"b ¦ bare quote
    refuse ¦ CN=u:x ¦ CN="ab ¦ quotes that do not end
    refuse ¦ CN=u:x ¦ CN="a"b ¦ text after quotes
    refuse ¦ CN=u:x ¦ CN=a<b ¦ bare angle bracket
    refuse ¦ CN=u:x ¦ CN=a>b ¦ bare angle bracket
    refuse ¦ CN=u:x ¦ CN=a\ ¦ backslash at the end
    refuse ¦ CN=u:x ¦ CN=a\q ¦ backslash before a letter
    refuse ¦ CN=u:x ¦ CN=a\4 ¦ half a pair
    refuse ¦ CN=u:x ¦ CN=a\4g ¦ broken pair
    refuse ¦ CN=u:x ¦ NOSUCH=x ¦ unknown keyword
    refuse ¦ CN=u:x ¦ C N=x ¦ space in a keyword
    refuse ¦ CN=u:x ¦ 2.5.4.=x ¦ broken number
    refuse ¦ CN=u:x ¦ 2..4.3=x ¦ broken number
    refuse ¦ CN=u:x ¦ 2.5.4.03=x ¦ leading zero
    refuse ¦ CN=u:x ¦ 3.5.4.3=x ¦ no such root
    refuse ¦ CN=u:x ¦ 1.40.3=x ¦ second number too large
    refuse ¦ CN=u:x ¦ 2=x ¦ one number
    refuse ¦ CN=u:x ¦ 2.5.4.99999999999999999999999=x ¦ number too large
    refuse ¦ CN=u:x ¦ OID.=x ¦ prefix alone
    refuse ¦ CN=u:x ¦ subject=CN=x ¦ a label is no type
    refuse ¦ CN=u:x ¦ CN=# ¦ no digits
    refuse ¦ CN=u:x ¦ CN=#0 ¦ odd digits
    refuse ¦ CN=u:x ¦ CN=#0C0178FF ¦ bytes after the value
    refuse ¦ CN=u:x ¦ CN=#0C0278 ¦ value cut short
    refuse ¦ CN=u:x ¦ CN=#zz ¦ no hexadecimal
    refuse ¦ CN=u:x ¦ CN=#0C01 78 ¦ space in hexadecimal
    same ¦ CN=u:x ¦ CN=#0C0178 ¦ BER UTF8String
    same ¦ CN=u:x ¦ CN=#130178 ¦ BER PrintableString
    same ¦ CN=u:x ¦ CN=#160178 ¦ BER IA5String
    same ¦ CN=u:x ¦ CN=#140178 ¦ BER T61String
    same ¦ CN=u:x ¦ CN=#1E020078 ¦ BER BMPString
    same ¦ CN=u:x ¦ CN=#1C0400000078 ¦ BER UniversalString
    same ¦ CN=u:x ¦ 2.5.4.3=#0C0158 ¦ BER folds case too
    differ ¦ CN=u:x ¦ CN=#0C0179 ¦ BER of another value
    differ ¦ CN=u:x ¦ CN=#030178 ¦ BER of another kind
    refuse ¦ CN=u:x ¦ CN=#0C01FF ¦ BER of broken UTF-8
    same ¦ XID=s:A ¦ 2.5.4.45=#03020041 ¦ BIT STRING byte for byte
    same ¦ XID=s:A ¦ x500UniqueIdentifier=#03020041 ¦ BIT STRING by keyword
    differ ¦ XID=s:A ¦ 2.5.4.45=#03020061 ¦ BIT STRING does not fold
    differ ¦ XID=s:A ¦ 2.5.4.45=A ¦ BIT STRING is no text
    same ¦ ODD=o:ab ¦ 1.3.6.1.4.1.99999.1=#04026162 ¦ OCTET STRING byte for byte
    differ ¦ ODD=o:ab ¦ 1.3.6.1.4.1.99999.1=#04024142 ¦ OCTET STRING does not fold
    differ ¦ ODD=o:ab ¦ 1.3.6.1.4.1.99999.1=ab ¦ OCTET STRING is no text
    same ¦ ODD=u:ab ¦ 1.3.6.1.4.1.99999.1=ab ¦ unknown type with text
    same ¦ ODD=u:ab ¦ OID.1.3.6.1.4.1.99999.1=AB ¦ unknown type folds
    differ ¦ ODD=u:ab ¦ 1.3.6.1.4.1.99999.2=ab ¦ neighbouring number
    same ¦ SERIAL=p:123|CN=u:x ¦ CN=x,serialNumber=123 ¦ keyword of the device number
    same ¦ SERIAL=p:123|CN=u:x ¦ CN=x,2.5.4.5=123 ¦ the same in numbers
    same ¦ SERIAL=p:123|CN=u:x ¦ CN=x,SERIALNUMBER=123 ¦ as Java prints it
    same ¦ SERIAL=p:123|CN=u:x ¦ CN=x,OID.2.5.4.5=123 ¦ as old Java prints it
    differ ¦ SERIAL=p:123|CN=u:x ¦ CN=x,SN=123 ¦ SN is the surname
    same ¦ SN=u:Doe ¦ SN=Doe ¦ surname
    same ¦ SN=u:Doe ¦ surname=Doe ¦ surname in full
    same ¦ ST=u:WA|CN=u:x ¦ CN=x,ST=WA ¦ state
    same ¦ ST=u:WA|CN=u:x ¦ CN=x,S=WA ¦ state as Windows prints it
    same ¦ ST=u:WA|CN=u:x ¦ CN=x,SP=WA ¦ state as SSLeay printed it
    same ¦ ST=u:WA|CN=u:x ¦ CN=x,stateOrProvinceName=WA ¦ state in full
    same ¦ STREET=u:1 Main|CN=u:x ¦ CN=x,STREET=1 Main ¦ street
    same ¦ STREET=u:1 Main|CN=u:x ¦ CN=x,streetAddress=1 Main ¦ street in full
    same ¦ L=u:Colombo|CN=u:x ¦ CN=x,localityName=Colombo ¦ locality in full
    same ¦ OU=u:a|CN=u:x ¦ CN=x,organizationalUnitName=a ¦ unit in full
    same ¦ T=u:Dr ¦ title=Dr ¦ title
    same ¦ T=u:Dr ¦ T=Dr ¦ title as Java prints it
    same ¦ UID=u:me|CN=u:x ¦ CN=x,UID=me ¦ user
    same ¦ UID=u:me|CN=u:x ¦ CN=x,userid=me ¦ user in full
    same ¦ UID=u:me|CN=u:x ¦ CN=x,0.9.2342.19200300.100.1.1=me ¦ user in numbers
    same ¦ DC=i:org|DC=i:example|CN=u:x ¦ CN=x,DC=example,DC=org ¦ domain components
    same ¦ DC=i:org|DC=i:example|CN=u:x ¦ CN=x,dc=EXAMPLE,dc=Org ¦ domain components fold
    differ ¦ DC=i:org|DC=i:example|CN=u:x ¦ CN=x,DC=org,DC=example ¦ in the wrong order
    same ¦ DC=i:org|DC=i:example|CN=u:x ¦ DC=org,DC=example,CN=x ¦ all reversed
    differ ¦ DC=i:org|DC=i:example|CN=u:x ¦ CN=x,DC=example.org ¦ not the same as two
    same ¦ E=i:a@b.example|CN=u:x ¦ CN=x,emailAddress=a@b.example ¦ mailbox
    same ¦ E=i:a@b.example|CN=u:x ¦ CN=x,E=a@b.example ¦ mailbox, short
    same ¦ E=i:a@b.example|CN=u:x ¦ CN=x,EMAIL=a@b.example ¦ mailbox, Tivoli
    same ¦ E=i:a@b.example|CN=u:x ¦ CN=x,1.2.840.113549.1.9.1=a@b.example ¦ mailbox in numbers
    same ¦ E=i:a@b.example|CN=u:x ¦ CN=x,1.2.840.113549.1.9.1=#160b6140622e6578616d706c65 ¦ BER
    differ ¦ E=i:a@b.example|CN=u:x ¦ CN=x,mail=a@b.example ¦ mail is another type
    same ¦ ORGID=u:PSDGB-1|CN=u:x ¦ CN=x,organizationIdentifier=PSDGB-1 ¦ eIDAS
    same ¦ ORGID=u:PSDGB-1|CN=u:x ¦ CN=x,2.5.4.97=PSDGB-1 ¦ eIDAS in numbers
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x+UID=y,O=a ¦ set
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ UID=y+CN=x,O=a ¦ set in another order
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ UID=y + CN=x , O=a ¦ spaces around the plus
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ O=a,UID=y+CN=x ¦ set, reversed
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ /O=a/CN=x+UID=y ¦ set in OpenSSL's form
    same ¦ O=u:a|CN=u:x+UID=u:y ¦ CN="x"+UID=#0C0179,O=a ¦ set, mixed writing
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x,UID=y,O=a ¦ set taken apart
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x,O=a ¦ part of the set
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x+UID=y+OU=z,O=a ¦ set too large
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x+UID=z,O=a ¦ another value in the set
    differ ¦ O=u:a|CN=u:x+UID=u:y ¦ CN=x+CN=x,O=a ¦ one twice, one missing
    same ¦ CN=u:x+CN=u:y ¦ CN=y+CN=x ¦ two of one type
    differ ¦ CN=u:x+CN=u:x+CN=u:y ¦ CN=x+CN=y+CN=y ¦ counted, not only present
    differ ¦ CN=u:x+CN=u:y ¦ CN=x+CN=x ¦ counted, not only present
    differ ¦ O=u:a|CN=u:x ¦ CN=x+O=a ¦ set instead of sequence
    differ ¦ CN=u:a|CN=u:b|CN=u:c ¦ CN=b,CN=a,CN=c ¦ order counts among equals
    same ¦ CN=u:a|CN=u:b|CN=u:c ¦ CN=c,CN=b,CN=a ¦ order counts among equals
    differ ¦ CN=u:a|CN=u:b ¦ CN=a ¦ the last common name is not enough
    differ ¦ CN=u:a|CN=u:b ¦ CN=b ¦ the first common name is not enough
    differ ¦ CN=u:evil,O=WSO2 ¦ CN=evil,O=WSO2 ¦ a comma in a value is no separator
    differ ¦ CN=u:a/O=b ¦ /CN=a/O=b ¦ a slash in a value is no separator
    differ ¦ CN=u:x{002B}UID=y ¦ CN=x+UID=y ¦ a plus in a value is no join
    differ ¦ CN=u:"x" ¦ CN="x" ¦ quotes in a value are characters
    same ¦ CN=u:"x" ¦ CN=\"x\" ¦ quotes as characters
    differ ¦ CN=u:\41 ¦ CN=\41 ¦ a pair in a value is characters
    differ ¦ CN=u:#0C0178 ¦ CN=#0C0178 ¦ BER in a value is characters
    same ¦ CN=u:#0C0178 ¦ CN=\#0C0178 ¦ BER as characters
    same ¦ CN=u:1.2.3.4 ¦ CN=1.2.3.4 ¦ digits
    same ¦ CN=u:{65E5}{672C} ¦ CN={65E5}{672C} ¦ Chinese characters
    same ¦ CN=b:{65E5}{672C} ¦ CN=\E6\97\A5\E6\9C\AC ¦ BMPString and pairs
    same ¦ CN=u:O'Neil & Co. (x) ¦ CN=O'Neil & Co. (x) ¦ punctuation
    """##
