"""Database files of one or two lines, most of them with something wrong, by what is wrong with them."""

# ruff: noqa: E501 (tables)

from __future__ import annotations

import hashlib
from random import Random

ENGINE = "Engine:51-255,Target:0"
DIGEST = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
LONG = hashlib.sha256(b"x").hexdigest()

PATTERNS = {
    "units": (
        "", "6", "61", "6162", "616", "616263", "61626", "6162 63", " 616263", "616263 ", "61626G", "61x263",
        "616263 ", "AbCdEf", "??", "????", "61??", "6162??", "??6162", "61??62", "61??62??63", "6162??63",
        "6?62", "6?6263", "?16263", "6?6?6?", "6162?", "61?2?", "61626?", "0000", "000000", "!616263",
        "616263!", "6162&63", "61.62", "6162\t63", "61626364656667686970" * 40,
    ),
    "star": (
        "*", "*6162", "6162*", "6162*6364", "6162**6364", "6162*64", "61*6263", "6162*6?64", "6162*6?6465",
        "616263*??", "616263*??6465", "6162*6364*6566", "616263*64*6566", "* 616263", "616263*(64|65)",
        "616263*(64|65)6667",
    ),
    "brace": (
        "6162{2}6364", "6162{0}6364", "6162{}6364", "6162{-}6364", "6162{2-}6364", "6162{-2}6364",
        "6162{2-4}6364", "6162{4-2}6364", "6162{0-0}6364", "6162{1-2-3}6364", "6162{a}6364", "6162{1a}6364",
        "6162{2 }6364", "6162{ 2}6364", "6162{+2}6364", "6162{--2}6364", "6162{2-4", "6162 2-4}6364",
        "6162}6364", "{2}6162", "{2}616263", "616263{2}", "616263{2-4}", "{2-4}616263", "6162{2}{3}6364",
        "6162{2-3}{3}6364", "6162*{2}6364", "6162{2}*6364", "6162{127}6364", "6162{128}6364", "61{2}6263",
        "61{2}62", "6162{2-4}63", "6162{2-4}6?63", "6162{99999}6364", "6162{1-99999999999}6364",
        "6162{2-}6364{-3}6566", "6162{0x2}6364", "61{1}62{1}63", "6162{{2}}6364", "6162{2}63{2-3}6465",
    ),
    "lone-byte": (
        "61[2-4]6263", "6162[2-4]63", "61[2]6263", "61[-2]6263", "61[2-]6263", "61[]6263", "61[-]6263",
        "61[4-2]6263", "61[0-32]6263", "61[0-33]6263", "61[32]6263", "61[33]6263", "6?[2-4]6263",
        "??[2-4]6263", "61[2-4]62", "61[2-4]62??", "616263[2-4]6465", "6162[2-4]6364", "61[2-4]6263[2-4]64",
        "61[2-4][2-4]6263", "[2-4]616263", "616263[2-4]", "61[a]6263", "61[2-4 ]6263", "61[2-4", "612-4]6263",
        "6162*61[2-4]6263", "6162[2-4]63*6465", "6162*6364[2-4]65", "61[2-4]6263*6465", "61[2-4](62|63)6465",
        "(61|62)[2-4]6364", "61[0]6263", "61[00-04]6263", "!(61)[2-4]6263", "6162{2}63[1-2]64",
    ),
    "alternate": (
        "(61|62)6364", "6364(61|62)", "61(62|63)64", "6162(63|64)6566", "(6162|6364)", "(61626364)", "()616263",
        "616263()", "616263()6465", "616263(|)6465", "616263(64|)6566", "616263(|64)6566", "616263(64)6566",
        "616263(64|65", "61626364|65)", "616263)64", "(616263", "616263(64|65)(66|67)", "!(61|62)6364",
        "616263!(64|65)6667", "616263!(6465|6667)6869", "616263!(64|6566)6869", "616263!(6?|65)6667",
        "616263!(64|)6566", "616263!()6566", "616263(64|6566)6869", "616263(6?|65)6869", "616263(??|65)6869",
        "616263(64??|65)6869", "616263(64{2}65|66)6869", "616263(64{2-4}65|66)6869", "616263(64*65|66)6869",
        "616263(64[1-2]65|66)6869", "616263(64{128}65|66)6869", "616263(64|(65|66))6869", "616263((64))6869",
        "616263(64(65|66)67|68)6970", "616263!(64|(65|66))6869", "616263(6|7)6869", "616263(646|657)6869",
        "616263(64||65)6869", "616263(64|65|)6869", "616263( 64|65)6869", "616263(6465|66 67)6869",
        "616263" + "(64" * 15 + ")" * 15 + "65", "616263" + "(64|65)" * 20 + "66", "616263(64|64)65",
        "616263!!(64|65)66", "616263!64", "616263(64|65)*(66|67)6869", "6162(6364|6566)", "(63|64)(65|66)",
        "616263!(64)65", "616263(B)6465", "616263!(B|L)6465",
    ),
    "boundary": (
        "(B)616263", "616263(B)", "(L)616263", "616263(L)", "(W)616263", "616263(W)", "!(B)616263",
        "616263!(W)", "(b)616263", "(X)616263", "(BL)616263", "(B)(L)616263", "616(B)63", "61(B)62",
        "6162(B)6364", "6162(B)64", "6162(L)6364", "6162(W)6364", "6162!(W)6364", "(B)", "(B)6162", "(B)61",
        "(B)*616263", "6162*(B)6364", "6162(B)*6364", "6162{2}(B)6364", "6162{2-4}(B)6364", "(B)??6162",
        "(B)(61|62)6364", "(B)61[1-2]6263", "61[1-2](B)6263", "( B)616263", "(B|L)616263", "!(B)(61|62)6364",
        "(W)616263(W)", "(B)616263(L)", "6162(W)(W)6364",
    ),
}  # fmt: skip

OFFSETS = (
    "*", "", "0", "5", "05", "5,", "5,0", "5,3", "5,03", "*,5", "*5", "5*", "+5", "-5", "5,-3", "5,+3", "5,*",
    "1,2,3", ",", ",5", " 5", "5 ", "5, 3", "0x10", "a", "5a", "99999999999", "4294967295", "4294967296",
    "EOF", "EOF-", "EOF-0", "EOF-5", "EOF+5", "EOF-5,3", "EOF-5,", "EOF-a", "EOF -5", "eof-5", "EOF-0x5",
    "EP", "EP+0", "EP-5", "S0", "S0+0", "SL+0", "SL", "SE0", "VI", "$5$", "$31$", "$32$", "$5", "$$", "$-1$",
    "$a$", "EOF-5,3,2", "1" * 63, "1" * 64, "0" * 64, "0" * 65,
)  # fmt: skip

BODY_LINES = (
    "\n", "#comment\n", " #comment\nn:0:*:616263\n", "#comment\nn:0:*:616263\n", "n:0:*:616263", "n:0:*:616263\r\n",
    "n:0:*:616263\n\n", "\nn:0:*:616263\n", "n:0:*\n", "n:0\n", "n\n", ":0:*:616263\n", "n:0:*:\n",
    "n:0:*:616263:\n", "n:0:*:616263:51\n", "n:0:*:616263:51:\n", "n:0:*:616263:51:255\n",
    "n:0:*:616263:51:255:9\n", "n:0:*:616263:a\n", "n:0:*:616263:51:a\n", "n:0:*:616263:-1\n",
    "n:0:*:616263:999\n", "n:0:*:616263:1:10\n", "n:0:*:616263::255\n", "n:0:*:616263: 51\n",
    "n:0:*:616263:51 \n", "n:*:*:616263\n", "n::*:616263\n", "n:a:*:616263\n", "n:-1:*:616263\n",
    "n: 0:*:616263\n", "n:00:*:616263\n", "n:1:*:6162\n", "n:0:*:6162\n", "n:0:*:6162??\n", "n:7:*:6162\n",
    "n:2:*:61\n", "n:8:*:616263\n", "n:13:*:616263\n", "n:14:*:616263\n", "n:15:*:616263\n", "n:99:*:616263\n",
    "n:9999999999:*:616263\n", "n:0x1:*:616263\n", "n:0:*:616263\nn:0:*:646566\n", "n (Clam):0:*:616263\n",
    " (Clam):0:*:616263\n", "n:0:*:616263 \n", "a b:0:*:616263\n", "n:0:*:616263::i\n", "n;0;*;616263\n",
    "HTML.Phishing.x:0:*:616263\n", "n:0:*:" + "61" * 4000 + "\n", "n:0:*:" + "61" * 4090 + "\n",
    "n:0:*:" + "61" * 5000 + "\n", "n" * 300 + ":0:*:616263\n", "\x00\n", "n:0:*:61\x006263\n", "\n\n#x\n", "",
)  # fmt: skip

HASH_LINES = (
    f"{DIGEST}:5:n", f"{DIGEST.upper()}:5:n", f"{DIGEST}:5", f"{DIGEST}:5:", f"{DIGEST}::n", ":5:n", f"{DIGEST}",
    f"{DIGEST}:5:n:", f"{DIGEST}:5:n:73", f"{DIGEST}:5:n:73:", f"{DIGEST}:5:n:73:255", f"{DIGEST}:5:n:73:255:x",
    f"{DIGEST}:5:n:abc", f"{DIGEST}:5:n:999", f"{DIGEST}:5:n:1:9", f"{DIGEST}:5:n:-5", f"{DIGEST}:*:n",
    f"{DIGEST}:*:n:72", f"{DIGEST}:*:n:73", f"{DIGEST}:*:n:abc", f"{DIGEST}:**:n:73", f"{DIGEST}:0:n",
    f"{DIGEST}:-1:n", f"{DIGEST}:1:n", f"{DIGEST}:+5:n", f"{DIGEST}: 5:n", f"{DIGEST}:5 :n", f"{DIGEST}:05:n",
    f"{DIGEST}:0x5:n", f"{DIGEST}:5a:n", f"{DIGEST}:a:n", f"{DIGEST}:4294967294:n", f"{DIGEST}:4294967295:n",
    f"{DIGEST}:4294967296:n", f"{DIGEST}:99999999999999999999:n", f"{DIGEST[:-1]}:5:n", f"{DIGEST}0:5:n",
    f"{DIGEST[:-1]}g:5:n", f"{DIGEST[:30]}??:5:n", f"{LONG}:5:n", f"{LONG[:40]}:5:n", f"{LONG[:56]}:5:n",
    f"{LONG}{LONG}:5:n", f"{LONG}{DIGEST}:5:n", f" {DIGEST}:5:n", f"{DIGEST}:5:n (Clam)", f"{DIGEST}:5: (Clam)",
    f"5:{DIGEST}:n", "", "#x", " #x", f"{DIGEST}:5:a b", f"{DIGEST}:5:n\r",
)  # fmt: skip

_NAMES = ("", "n", "n (Clam)", " (Clam)", "a b", "n" * 300)
_SIZES = (
    "", "*", "**", "7", "007", "a", "1a", "a1", "-1", "1-", "-", "--", "1-2", "2-1", "0-0", "0-5", "5-0", "1-2-3",
    "1-a", "a-1", "1-2x", "0x10", " 1", "1 ", "+1", " 1-2", "+1-2", "1-+2", "1--2", "-1-2", "1 -2", "1- 2", "*-1",
    "1-*", "1,2", "4294967295", "4294967296", "99999999999999999999", "1-99999999999999999999", "--1", "-5-",
)  # fmt: skip
_FILE_NAMES = (
    "", "*", "a", "^$", "(", ")", "a**", "a+*", "[a", "]", "a|", "|a", "a||b", "()", "a{2}", "a{,2}", "a{256}",
    "a{2,1}", "a{", "a{x", "\\", "\\.", "[[.a.]]", "^*", "*a", "(?i)a", "(a", "a$b", "[b-a]", "x" * 500,
)  # fmt: skip
MEMBER_FIELDS = (
    _NAMES,
    (
        "", "*", "CL_TYPE_ZIP", "CL_TYPE_ANY", "CL_TYPE_RAR", "CL_TYPE_IGNORED", "CL_TYPE_OTHER", "CL_TYPE_ERROR",
        "CL_TYPE_LZMA", "CL_TYPE_NONE", "cl_type_zip", "ZIP", " CL_TYPE_ZIP", "**",
    ),
    _SIZES, _FILE_NAMES, _SIZES, _SIZES, ("", "*", "0", "1", "2", "01", "1x", " 1", "**", "a"), _SIZES,
    ("", "*", "zz", "1-x"), ("", "*", "zz", "-"),
)  # fmt: skip
_MEMBER = "n:*:*:*:*:*:*:*:*:*"
MEMBER_LINES = (
    "", "#x", " #x", "n", _MEMBER, _MEMBER[:-2], f"{_MEMBER}:", f"{_MEMBER}:1", f"{_MEMBER}:216", f"{_MEMBER}:217",
    f"{_MEMBER}:1:", f"{_MEMBER}:1:255", f"{_MEMBER}:1:215", f"{_MEMBER}:1:216", f"{_MEMBER}:a", f"{_MEMBER}:1:a",
    f"{_MEMBER}:300:a", f"{_MEMBER}:1:300:", f"{_MEMBER}:1:2:3", f"{_MEMBER}: 1", f"{_MEMBER}:-1", f"{_MEMBER}\r",
    "n:NONE:a:(:a:a:9:a:a:a:300", ":NONE:a:(:a:a:9:a:a:a:1:2", "n:NONE:a:(:a:a:9:a:a:a", f"{_MEMBER}\n{_MEMBER}",
    f"{_MEMBER}\n\n", "n:*:*:[[:alpha:]]:*:*:*:*:*:*", "n:*:*:[[:alpha:]]:*:*:*:*",
)  # fmt: skip
_NUMBERS = (
    "",
    "*",
    "0",
    "7",
    "007",
    "a",
    "7a",
    "-1",
    "1-2",
    " 1",
    "+1",
    "0x1",
    "**",
    "4294967295",
    "9" * 20,
)
_CHECKSUMS = (
    "", "*", "12345678", "abcdef12", "ABCDEF12", "a", "7a", "1z", "z1", "zz", " 1", "-1", "0x12", "0x1", "ffffffff",
    "fffffffe", "00000000", "123456789", "1234567890", "12345678ffffffff", "ffffffff12345678", "1 ", "**",
)  # fmt: skip
OLD_MEMBER_FIELDS = (
    _NAMES, _NUMBERS, _FILE_NAMES, _NUMBERS, _NUMBERS, _CHECKSUMS, _NUMBERS, _NUMBERS, _NUMBERS,
)  # fmt: skip
_OLD_MEMBER = "n:*:*:*:*:*:*:*:*"
OLD_MEMBER_LINES = (
    "", "#x", " #x", "n", _OLD_MEMBER, _OLD_MEMBER[:-2], f"{_OLD_MEMBER}:", f"{_OLD_MEMBER}:1", f"{_OLD_MEMBER}\r",
    f"{_OLD_MEMBER}\n{_OLD_MEMBER}", f"{_OLD_MEMBER}\n\n", "n:1:(:1:1:a:1:1:1", "n:a:*:1:1:1:1:1:1",
)  # fmt: skip

EXPRESSIONS = (
    "0", "1", "0&1", "0|1", "(0&1)", "((0&1))", "(0)", "(0)>1", "((0))", "(0&1)>1", "((0|1))>1", "(((0|1)))=1",
    "((0|1)>1)>1", "(0>1)=1", "0&1&1", "0>1&1", "0=1|1", "0<5&1", "0>=1&1", "0=>1&1", "0==1&1", "0>1>2&1",
    "0<>1&1", "0=-1&1", "0=&1", "0>&1", "0=a&1", "0a&1", "0=1,&1", "0=1,2&1", "0=1,2,3&1", "0=1,a&1", "0=,1&1",
    "(0|1)=", "(0|1)>", "(0|1)>1,", "(0|1)>1,2", "(0|1)>1,2,3", "(0|1)>,2", "(0|1)==2", "(0|1)>=2", "(0|1)=1=1",
    "(0|1)>a", "(0|1)>1,a", "(0|1)a", "()", "0&", "&0", "0&&1", "0||1", "0&|1", "(0", "0)", "(0&1", "0&1)",
    "0&(1", "(0)(1)", "0(1)", "(0)1", "0 & 1", " 0&1", "0&1 ", "!0&1", "0&!1", "a", "", "0,1", "0-1", "0+1",
    "0&1&2", "0&64", "0&63", "00&01", "0&1=99999999999", "0xf&1", "(0&1)=0", "(0=0&1=0)", "((0&1)|(0|1))>1,2",
    "0&(1)", "((0)&(1))", "(0&1)&(0|1)", "0&1;", "(0&1", "(0|(1)>1)", "(0|(1>1))", "0&1=1,1,1", "0/1",
)  # fmt: skip

BLOCKS = (
    "Target:0", "Engine:51-255,Target:0", "Engine:51-255", "", "Target:", "Target:a", "Target:15", "Target:-1",
    "Target: 0", "target:0", "Target:0,Engine:51-255", "Engine:51,Target:0", "Engine:-255,Target:0",
    "Engine:51-,Target:0", "Engine:a-b,Target:0", "Engine:50-255,Target:0", "Engine:51-255,Target:0,",
    ",Engine:51-255,Target:0", "Engine:51-255,,Target:0", "Engine:51-255;Target:0", "Engine:300-400,Target:0",
    "Engine:1-9,Target:0", "Engine:51-255-3,Target:0", "Engine:51-255,Target:0,FileSize:1-9",
    "Engine:50-255,Target:0,FileSize:1-9", "Target:0,FileSize:1-9", "Engine:51-255,Target:0,FileSize:7",
    "Engine:51-255,Target:0,FileSize:-7", "Engine:51-255,Target:0,FileSize:7-", "Engine:51-255,Target:0,FileSize:-",
    "Engine:51-255,Target:0,FileSize:9-1", "Engine:51-255,Target:0,FileSize:a-b", "Engine:51-255,Target:0,FileSize:",
    "Engine:51-255,Target:0,FileSize", "Engine:51-255,Target:0,FileSize:1-2-3", "Engine:51-255,Target:0,FileSize:1-2:3",
    "Engine:51-255,Target:0,filesize:1-9", "Engine:51-255,Target:0, FileSize:1-9", "Engine:51-255,Target:0,Foo:1",
    "Engine:51-255,Target:0,Container:CL_TYPE_ZIP", "Engine:51-255,Target:0,Container:CL_TYPE_ANY",
    "Engine:51-255,Target:0,Container:CL_TYPE_FOO", "Engine:51-255,Target:0,Container:ZIP",
    "Engine:51-255,Target:0,Container:", "Engine:51-255,Target:0,Container:CL_TYPE_zip",
    "Engine:51-255,Target:0,Container:CL_TYPE_ZIP,Container:CL_TYPE_GZ",
    "Engine:51-255,Target:0,Intermediates:CL_TYPE_ZIP", "Engine:51-255,Target:0,Intermediates:CL_TYPE_ZIP>CL_TYPE_GZ",
    "Engine:51-255,Target:0,Intermediates:CL_TYPE_ZIP>", "Engine:51-255,Target:0,Intermediates:>CL_TYPE_ZIP",
    "Engine:51-255,Target:0,Intermediates:CL_TYPE_FOO", "Engine:51-255,Target:0,Intermediates:",
    "Engine:51-255,Target:0,Intermediates:" + ">".join(["CL_TYPE_ZIP"] * 16),
    "Engine:51-255,Target:0,Intermediates:" + ">".join(["CL_TYPE_ZIP"] * 17),
    "Engine:51-255,Target:0,HandlerType:CL_TYPE_ZIP", "Engine:51-255,Target:0,HandlerType:CL_TYPE_FOO",
    "Engine:51-255,Target:0,NumberOfSections:1-2", "Engine:51-255,Target:1,NumberOfSections:1-2",
    "Engine:51-255,Target:0,EntryPoint:1-2", "Engine:51-255,Target:1,EntryPoint:1-2",
    "Engine:51-255,Target:0,IconGroup1:x", "Engine:51-255,Target:1,IconGroup1:x", "Engine:51-255,Target:0,Target:0",
    f"Engine:51-255,Target:0{''.join(f',FileSize:{n}-9' for n in range(1, 10))}", "Target:0,Target:7", "Engine:51-255 ,Target:0", "Foo:1", "Target:0:1",
)  # fmt: skip

SUBSIGNATURES = (
    "616263", "6162", "61", "", "*:616263", "5:616263", "5,3:616263", "EOF-5:616263", "616263::i", "616263::",
    "616263::ii", "616263::wa", "616263::iwaf", "616263::x", "616263::I", "616263:i", "616263:", ":616263",
    "::616263", "*:616263::i", "5:616263::w", "5:616263:i", "*:616263::i:x", "*:5:616263", "616263::i i",
    "616263(64|65)::i", "616263!(64|65)::i", "616263!(6465|6667)::w", "61[2-4]6263::w", "6162{2}6364::w",
    "6162{2-4}6364::f", "616263*646566::f", "(B)616263::f", "6162??::w", "61::w", "6162::w", "61::i",
    "0/abc/", "0/abc/i", "0/abc/gre", "0/abc/ismxAEU", "0/abc/z", "0/abc/I", "/abc/", "0//", "0/abc", "abc/",
    "1/abc/", "0&1/abc/", "0|0/abc/", "(0|0)>1/abc/", "0=2/abc/", "0=/abc/", "a/abc/", "0 /abc/", "0/a;b/",
    "0/a:b/", "0/a\\/b/", "0/a/b/", "0/a/b/i", "0/(/", "0/[/", "0/a**/", "0/\\x/", "0/(?<=a+)b/", "0/\\p{L}/",
    "0/a{99999}/", "0/(?P<n>a)(?P=n)/", "0/(?1)/", "0/a/g/", "5:0/abc/", "5,3:0/abc/e", "EOF-5:0/abc/", "*:0/abc/",
    "EP+0:0/abc/", "5:0/abc/i::i", "0/abc/::i", "0/\xff/", "0/a b/", "0/abc/ i",
    "0(>>3#ib1#=1)", "0(>>3#ib1#=1,<5)", "0(>>3#ib1#=1,<5,>2)", "0(<<3#ib1#=1)", "0(0#ib1#=1)", "0(#ib1#=1)",
    "0(3#ib1#=1)", "0(>3#ib1#=1)", "0(>>-3#ib1#=1)", "0(>>0x3#ib1#=1)", "0(>>a#ib1#=1)", "0(>>3#ib3#=1)",
    "0(>>3#ib0#=1)", "0(>>3#ib16#=1)", "0(>>3#ib#=1)", "0(>>3#i1#=1)", "0(>>3#il1#=1)", "0(>>3#ilb1#=1)",
    "0(>>3#b1#=1)", "0(>>3#dl2#=1)", "0(>>3#d2#=1)", "0(>>3#db2#=1)", "0(>>3#dbe2#=1)", "0(>>3#de2#=1)",
    "0(>>3#hb2#=1)", "0(>>3#hb18#=1)", "0(>>3#hb19#=1)", "0(>>3#hb3#=1)", "0(>>3#h2#=1)", "0(>>3#ab4#=1)",
    "0(>>3#al4#=1)", "0(>>3#hdb2#=1)", "0(>>3#xb2#=1)", "0(>>3#ib1#1)", "0(>>3#ib1#=)", "0(>>3#ib1#=a)",
    "0(>>3#ib1#=0x10)", "0(>>3#ib1#=010)", "0(>>3#ib1#=-1)", "0(>>3#ib1#==1)", "0(>>3#ib1#>=1)", "0(>>3#ib1#=1",
    "0>>3#ib1#=1)", "(>>3#ib1#=1)", "a(>>3#ib1#=1)", "1(>>3#ib1#=1)", "2(>>3#ib1#=1)", "0(>>3#ib1#=1)::i",
    "0(>>3#ib1)", "0(>>3##=1)", "0(>>3#ib0x1#=1)", "0(>>3#1ib#=1)", "0(>>3#db100#=1)", "0(>>3#ib1#=99999999999999999999)",
    "${3-3}7$", "${3-5}31$", "${3-5}32$", "${5-3}7$", "${3}7$", "${3-}7$", "${-3}7$", "${}7$", "${3-5}$", "${3-5}7",
    "$3-5$", "${a-b}7$", "${3-5}-1$", "$5$:616263", "*:${3-5}7$", "${3-5}7$::i",
    "fuzzy_img#0123456789abcdef", "fuzzy_img#0123456789abcdef#0", "fuzzy_img#0123456789abcdef#1",
    "fuzzy_img#0123456789abcde", "fuzzy_img#0123456789abcdeg", "fuzzy_img#", "fuzzy_img#0123456789ABCDEF",
    "fuzzy_img#0123456789abcdef#", "fuzzy_img#0123456789abcdef#a", "fuzzy_img#0123456789abcdef0",
)  # fmt: skip

LOGICAL_LINES = (
    "\n", "#x\n", f"n;{ENGINE};0;616263", f"n;{ENGINE};0;616263\r\n", f"n;{ENGINE};0;616263;\n", f"n;{ENGINE};0\n",
    f"n;{ENGINE}\n", "n\n", f";{ENGINE};0;616263\n", f"n;{ENGINE};0&1;616263\n", f"n;{ENGINE};0;616263;646566\n",
    f"n;{ENGINE};0&2;616263;646566;676869\n", f"n;{ENGINE};0&1;616263;;\n", f"n;{ENGINE};0&2;616263;;676869\n",
    f"n (Clam);{ENGINE};0;616263\n", f" (Clam);{ENGINE};0;616263\n", f"n;{ENGINE};0;616263\n\n",
    f"n;{ENGINE};0;616263\nn;{ENGINE};0;646566\n", f"n:{ENGINE}:0:616263\n",
    f"n;{ENGINE};{'&'.join(map(str, range(64)))};{';'.join(f'6162{i:02x}' for i in range(64))}\n",
    f"n;{ENGINE};{'&'.join(map(str, range(65)))};{';'.join(f'6162{i:02x}' for i in range(65))}\n",
    f"n;{ENGINE};63;{';'.join(f'6162{i:02x}' for i in range(64))}\n",
    f"n;{ENGINE};0;{'61' * 10000}\n", f"n;{ENGINE};0;{'61' * 17000}\n", f"HTML.Phishing.x;{ENGINE};0;616263\n",
    f"n;{ENGINE};0;616263 \n", f"n; {ENGINE};0;616263\n", f"n;{ENGINE}; 0;616263\n", "",
)  # fmt: skip

PINNED = f"Name-1:{DIGEST}\n"
# After a pinned line the peer takes a plain one for malformed.
IGNORE_AFTER_PINNED = (f"{PINNED}Name-2\n", f"{PINNED}a:b:Name-2\n")
IGNORE_LINES = (
    "n\n", "Name-1\n", "Name-1", "\n", "", "#x\n", " n\n", "n \n", "n\r\n", "a:b:n\n", "a:b:n:c\n", "a:b:\n", "::n\n",
    "::\n", ":\n", PINNED, f"Name-1:{DIGEST[1:]}\n", "Name-1:x\n", f":{DIGEST}\n", f"Name-2\n{PINNED}", PINNED * 2,
    f"Name-1:{DIGEST}", f"Name-1:{DIGEST.upper()}\n", "Name-1\nName-2\n", "Name-1\n\nName-2\n", "Name-1.UNOFFICIAL\n",
    f"a:b:Name-2\n{PINNED}", *IGNORE_AFTER_PINNED,
)  # fmt: skip

MAGIC_LINES = (
    "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_FOO", "0:0:414243:x:FOO:CL_TYPE_ZIP",
    "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP:51", "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP:51:255",
    "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP:51:255:9", "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP:a",
    "0:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP:999", "0:*:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:0:41??43:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "0:0:4142434:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:0::x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:a:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "0:-1:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:1020:41424344:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "0:1022:41424344:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:99999:41424344:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "1:*:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "1:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "1:*:41??43:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "1:EOF-5:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "1:*:4142:x:CL_TYPE_ANY:CL_TYPE_ZIP", "1:x:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "4:0:414243:x:CL_TYPE_PART_ANY:CL_TYPE_PART_HFSPLUS", "2:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP",
    "a:0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", ":0:414243:x:CL_TYPE_ANY:CL_TYPE_ZIP", "0:0:414243:x:CL_TYPE_ANY",
    "0:0:414243::CL_TYPE_ANY:CL_TYPE_ZIP", "0:0:414243:x::CL_TYPE_ZIP", "", "#x",
)  # fmt: skip


def logical(sub: str) -> str:
    """`sub` behind a subsignature that a trigger or a comparison may name."""
    return f"n;{ENGINE};0&1;616263;{sub}\n"


def tables() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Row to database suffix and file contents."""
    rows: dict[str, tuple[str, tuple[str, ...]]] = {}
    for kind, patterns in PATTERNS.items():
        rows[f"ndb-{kind}"] = ("ndb", tuple(f"n:0:*:{pattern}\n" for pattern in patterns))
        rows[f"ldb-{kind}"] = ("ldb", tuple(f"n;{ENGINE};0;{pattern}\n" for pattern in patterns))
    rows["ndb-offset"] = ("ndb", tuple(f"n:0:{offset}:61626364\n" for offset in OFFSETS))
    rows["ndb-offset-program"] = ("ndb", tuple(f"n:1:{offset}:61626364\n" for offset in OFFSETS))
    rows["ldb-offset"] = ("ldb", tuple(f"n;{ENGINE};0;{offset}:61626364\n" for offset in OFFSETS))
    rows["ndb-line"] = ("ndb", BODY_LINES)
    rows["db-line"] = (
        "db",
        (*(f"n={p}\n" for p in PATTERNS["units"]), "n\n", "n==61\n", "=616263\n", "\n", "#x\n", ""),
    )
    for suffix in ("hdb", "hsb", "fp"):
        rows[f"{suffix}-line"] = (suffix, tuple(f"{line}\n" if line else "" for line in HASH_LINES))
    swapped = tuple(
        ":".join([line.split(":")[1], line.split(":")[0], *line.split(":")[2:]])
        for line in HASH_LINES
        if ":" in line
    )
    rows["mdb-line"] = ("mdb", tuple(f"{line}\n" for line in swapped))
    rows["imp-line"] = ("imp", tuple(f"{line}\n" if line else "" for line in HASH_LINES))
    rows["ldb-line"] = ("ldb", LOGICAL_LINES)
    rows["ldb-expression"] = (
        "ldb",
        tuple(f"n;{ENGINE};{text};616263;646566\n" for text in EXPRESSIONS),
    )
    rows["ldb-block"] = ("ldb", tuple(f"n;{block};0;616263\n" for block in BLOCKS))
    rows["ldb-subsignature"] = ("ldb", tuple(map(logical, SUBSIGNATURES)))
    rows["ign2-line"] = ("ign2", IGNORE_LINES)
    rows["ign-line"] = ("ign", IGNORE_LINES)
    rows["ftm-line"] = ("ftm", tuple(f"{line}\n" if line else "" for line in MAGIC_LINES))
    for field, texts in enumerate(MEMBER_FIELDS):
        rows[f"cdb-field-{field}"] = ("cdb", tuple(_with(10, field, text) for text in texts))
    rows["cdb-line"] = ("cdb", tuple(f"{line}\n" if line else "" for line in MEMBER_LINES))
    for field, texts in enumerate(OLD_MEMBER_FIELDS):
        rows[f"zmd-field-{field}"] = ("zmd", tuple(_with(9, field, text) for text in texts))
    rows["rmd-line"] = ("rmd", tuple(f"{line}\n" if line else "" for line in OLD_MEMBER_LINES))
    return rows


def _with(count: int, field: int, text: str) -> str:
    fields = ["n", *["*"] * (count - 1)]
    fields[field] = text
    return f"{':'.join(fields)}\n"


ALPHABET = "0123456789abcdefABCDEF?*{}[]()|!-,:;&<>=#/$ iwfa"


def mutated(seed: int, count: int) -> list[tuple[str, str]]:
    """Lines that load, each with one or two characters changed, dropped, put in or doubled."""
    rng = Random(f"lines/{seed}")  # noqa: S311 - a test
    sources = [
        ("ndb", "n:0:5,3:6162{2-4}63??(64|65)66*!(67)6869:51:255"),
        ("ndb", "n:7:EOF-9:61[2-4]626364(W)"),
        ("ldb", f"n;{ENGINE},FileSize:1-99;(0|1)>1,2&2;616263::i;*:6162{{2}}6364::w;0/ab+c/i"),
        ("ldb", "n;Engine:51-255,Target:7;0&1=0;EOF-5:616263(64|6566)67;0(>>3#ib1#=1,<5)"),
        ("hdb", f"{DIGEST}:5:n:73:255"),
        ("cdb", "n:CL_TYPE_ZIP:1-99:a[bc]+.?(d|e){1,2}$:7:0-5:1:3:x:y:1:255"),
        ("zmd", "n:1:a[bc]+.?(d|e){1,2}$:7:5:1234abcd:8:3:1"),
    ]
    lines = []
    for _ in range(count):
        suffix, line = rng.choice(sources)
        for _ in range(rng.randint(1, 2)):
            at, char = rng.randrange(len(line)), rng.choice(ALPHABET)
            line = rng.choice(
                (
                    line[:at] + char + line[at:],
                    line[:at] + char + line[at + 1 :],
                    line[:at] + line[at + 1 :],
                    line[:at] + line[at] + line[at:],
                )
            )
        lines.append((suffix, f"{line}\n"))
    return lines
