# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    wine_capi.py COUNT OURS WINES
    wine_capi.py page FILE

The first compares what tests/wine/capi_diff.c printed with libminidriver and under Wine, result by result. Every
difference must be one of those in KNOWN, each of which says what is known of Windows. The second looks whether each of
them, and nothing else, stands in the documentation.
"""
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from totals import Totals

# How far a difference reaches: what follows depends on it.
GO_ON = "this result"
STEP = "the rest of the step"
CASE = "the rest of the case"


class Results(NamedTuple):
    """What was asked and came before the result in question."""
    kind: str
    step: str
    first: dict  # names and values, the first of each name in the case
    last: dict   # the last of each name in the step
    ours: str = ""
    wines: str = ""

    def number(self, name):
        return int(self.last.get(name, "0"), 16)

    def alg(self):
        """Of the key: of the blob, where one is imported."""
        if "blob" in self.last:
            return int.from_bytes(self.bytes_of("blob")[4:8], "little")
        return int(self.first.get("alg", "0"), 16)

    def wanted(self):
        """dwFlags of the key."""
        return int(self.first.get("flags", "0"), 16)

    def bytes_of(self, name):
        return bytes.fromhex(self.last.get(name, "[]")[1:-1])

    def mode(self):
        return self.first.get("mode", "[01000000]")

    def prov(self):
        return self.first.get("prov")


class Known(NamedTuple):
    kind: str      # patterns: of the case, of the result's name, of both results
    name: str
    ours: str
    wines: str
    when: object   # None, or a function of Results
    reach: str
    what: str
    evidence: str

    def explains(self, before, name):
        return (re.fullmatch(self.kind, before.kind) and re.fullmatch(self.name, name)
                and re.fullmatch(self.ours, before.ours) and re.fullmatch(self.wines, before.wines)
                and (self.when is None or self.when(before)))


SDK = "Microsoft's documentation, "
DOCUMENTED = SDK + "{}: {}"
UNKNOWN = "not known of Windows: {}"

BAD_LEN, BAD_DATA, BAD_KEY, BAD_VER = "!80090004", "!80090005", "!80090003", "!80090007"
BAD_ALGID, BAD_FLAGS, BAD_TYPE, BAD_KEY_STATE = "!80090008", "!80090009", "!8009000a", "!8009000b"
NO_KEY, BAD_PUBLIC_KEY, FAIL = "!8009000d", "!80090015", "!80090020"
BYTES = r"\[[0-9a-f]*\]"
DONE = "ok"
ANY = ".*"

NO_SALT = 16
KEY_FLAGS = 0x41F  # CryptDeriveKey's and CryptGenKey's, of which there are any
IMPORT_FLAGS = 0x53
SALTED = (0x6602, 0x6801)
CLASS, CIPHERS = 0xE000, 0x6000
DES = {0x6601: 8, 0x6609: 16, 0x6603: 24}  # bytes
RC4 = 0x6801
AES = (0x660E, 0x660F, 0x6610)


def with_md2(before):
    return before.number("hash") == 0x8001


def not_salted(before):
    return before.alg() not in SALTED


def blob_len(before):
    return int.from_bytes(before.bytes_of("blob")[8:12], "little")


def odd(byte):
    return byte if byte.bit_count() % 2 else byte ^ 1


def parity_only(before):
    """Wine's blob is ours but for the parity of the key; behind a key of a damaged blob are zero bytes."""
    if before.alg() not in DES:
        return False
    blob = bytes.fromhex(before.wines[1:-1])
    end = 12 + DES[before.alg()]
    key = bytes(odd(byte) for byte in blob[12:end])
    return before.ours == f"[{(blob[:12] + key + blob[end:]).hex()}]"


def des_key_for_another(before):
    return int(before.first["alg"], 16) in DES and "blob" in before.last and before.alg() not in DES


def asks_for_no_salt(before):
    return before.number("get") == 2 and not_salted(before)


def unknown_key_flags(before):
    return before.wanted() & 0xFFFF & ~KEY_FLAGS


def unknown_import_flags(before):
    return before.number("flags") & ~IMPORT_FLAGS


def other_version(before):
    return before.bytes_of("blob")[1] != 2


def is_simple_blob(before):
    return before.bytes_of("blob")[0] == 1


def no_cipher(before):
    return before.alg() & CLASS != CIPHERS


def bad_mode(before):
    return before.mode() not in ("[01000000]", "[02000000]", "[04000000]")


def broken_blocks(before):
    return len(before.bytes_of("text")) % (16 if before.alg() in AES else 8)


def rc4(before):
    return before.alg() == RC4


def salt_was_set(before):
    return before.prov() in ("enhanced", "aes") and "salted" in before.first


KNOWN = [
    Known(ANY, "CreateHash", BAD_ALGID, DONE, with_md2, CASE,
          "MD2 is NTE_BAD_ALGID where OpenSSL is built without it",
          "Windows has MD2; known answers from there are in tests/vectors/capi-derive-windows.vec"),
    Known(ANY, "KP_SALT", r"\[\]|0", BAD_KEY, not_salted, GO_ON,
          "KP_SALT of a key without salt is no bytes; Wine: NTE_BAD_KEY",
          "Windows 7 and later as here, of AES; Wine's test allows either (dlls/rsaenh/tests/rsaenh.c)"),
    Known("import|derive", "KP_SALT", r"\[\]", r"\[(00){11}\]", lambda b: b.number("flags") & NO_SALT, CASE,
          "CryptImportKey with CRYPT_NO_SALT gives none; Wine does not look at the flag",
          DOCUMENTED.format("CryptImportKey", "CRYPT_NO_SALT, no salt for a 40-bit key")),
    Known(ANY, "Encrypt|Decrypt", ANY, ANY, salt_was_set, CASE,
          "KP_SALT that was set stays; with Enhanced and RSA-AES Wine forgets it at the end of the first message",
          "Wine cannot decrypt then what it has encrypted itself"),
    Known(ANY, "ExportKey|ExportKey.ask", BAD_KEY_STATE, ANY, None, STEP,
          "a key without CRYPT_EXPORTABLE is not exported; Wine exports it",
          DOCUMENTED.format("CryptExportKey", "NTE_BAD_KEY_STATE")),
    Known(ANY, "ExportKey|ExportKey.ask", BAD_TYPE, BAD_KEY, None, STEP,
          "PRIVATEKEYBLOB and unknown types are NTE_BAD_TYPE for any key; Wine: NTE_BAD_KEY for some",
          DOCUMENTED.format("CryptExportKey", "NTE_BAD_TYPE")),
    Known(ANY, "ExportKey|ExportKey.ask", NO_KEY, BAD_PUBLIC_KEY, None, STEP,
          "SIMPLEBLOB without a key to encrypt to is NTE_NO_KEY; Wine: NTE_BAD_PUBLIC_KEY",
          DOCUMENTED.format("CryptExportKey", "NTE_NO_KEY, a session key and no public key")),
    Known(ANY, "ExportKey", BAD_FLAGS, ANY, lambda b: b.number("flags"), STEP,
          "CryptExportKey's unknown flags are NTE_BAD_FLAGS; Wine does not look at most of them",
          DOCUMENTED.format("CryptExportKey", "NTE_BAD_FLAGS")),
    Known("derive|generate", "DeriveKey|GenKey", BAD_FLAGS, ANY, unknown_key_flags, CASE,
          "CryptDeriveKey's and CryptGenKey's unknown flags are NTE_BAD_FLAGS; Wine does not look at them",
          DOCUMENTED.format("CryptDeriveKey, CryptGenKey", "NTE_BAD_FLAGS")),
    Known("derive|generate", "DeriveKey|GenKey", BAD_ALGID, f"{FAIL}|{DONE}|{BAD_DATA}", no_cipher, CASE,
          "keys of Schannel and MACs are NTE_BAD_ALGID with all providers; Wine tries some, and fails otherwise",
          "these are not Schannel's providers; " + DOCUMENTED.format("CryptDeriveKey", "NTE_BAD_ALGID")),
    Known(ANY, "ImportKey", BAD_VER, BAD_DATA, other_version, STEP,
          "a blob of another version is NTE_BAD_VER; Wine: NTE_BAD_DATA",
          DOCUMENTED.format("CryptImportKey", "NTE_BAD_VER")),
    Known(ANY, "ImportKey", BAD_FLAGS, ANY, unknown_import_flags, STEP,
          "CryptImportKey's unknown flags are NTE_BAD_FLAGS; Wine does not look at them",
          DOCUMENTED.format("CryptImportKey", "NTE_BAD_FLAGS")),
    Known(ANY, "ImportKey", BAD_TYPE, f"{BAD_DATA}|{BAD_PUBLIC_KEY}|{BAD_ALGID}", None, STEP,
          "blobs of other types are NTE_BAD_TYPE; Wine: NTE_BAD_DATA for what it has no private key for",
          DOCUMENTED.format("CryptImportKey", "NTE_BAD_TYPE")),
    Known(ANY, "ImportKey", BAD_ALGID, f"{BAD_DATA}|{DONE}|{FAIL}", no_cipher, STEP,
          "a blob of what is no cipher is NTE_BAD_ALGID; Wine: NTE_BAD_DATA, or takes it (HMAC)",
          UNKNOWN.format("the documentation has NTE_BAD_ALGID for the algorithm of a SIMPLEBLOB")),
    Known(ANY, "ImportKey", ANY, BAD_PUBLIC_KEY, is_simple_blob, STEP,
          "a SIMPLEBLOB is looked at before its key; Wine: NTE_BAD_PUBLIC_KEY first",
          UNKNOWN.format("both are errors of the same call")),
    Known(ANY, "ImportKey", BAD_DATA, DONE, lambda b: b.alg() in DES and blob_len(b) in (7, 14, 21), STEP,
          "DES keys without their parity are no blobs; Wine takes them, as it takes 56 bits for a length",
          DOCUMENTED.format("CryptImportKey", "only the full size with parity can be imported")),
    Known(ANY, "ImportKey", BAD_DATA, DONE, lambda b: blob_len(b) == 0, STEP,
          "a blob of an empty key is NTE_BAD_DATA; Wine takes as many bytes as are usual from behind the blob's length",
          UNKNOWN.format("what Wine takes is not the key's")),
    Known(ANY, "ExportKey|blob", BYTES, BYTES, parity_only, GO_ON,
          "DES keys are exported with odd parity; Wine exports them as they were derived or imported",
          "as here: dotnet/runtime's PasswordDeriveBytesTests.cs, run there (tests/vectors/capi-keys-windows.vec)"),
    Known("derive", "Encrypt", BYTES, BYTES, des_key_for_another, STEP,
          "a DES key's blob, made one of another cipher, has odd parity, too; Wine's has not", "the same as DES keys"),
    Known("derive", "GetKeyParam|GetKeyParam.ask", DONE, BAD_KEY, asks_for_no_salt, STEP,
          "KP_SALT of a key without salt has the length 0 for who asks for it; Wine: NTE_BAD_KEY",
          "Windows 7 and later as here, of AES"),
    Known(ANY, "Decrypt", BAD_DATA, BYTES, broken_blocks, STEP,
          "broken blocks are not decrypted: NTE_BAD_DATA; Wine reads beyond their end",
          DOCUMENTED.format("CryptDecrypt", "NTE_BAD_DATA")),
    Known(ANY, "Encrypt|Decrypt|Encrypt.ask", BAD_ALGID, ANY, bad_mode, STEP,
          "a mode that there is not is NTE_BAD_ALGID for any call; Wine looks at lengths first, and not for no data",
          "the code is Windows': Wine's test of CRYPT_MODE_OFB, run there (dlls/rsaenh/tests/rsaenh.c)"),
    Known(ANY, "len", ANY, "0", rc4, STEP,
          "CryptEncrypt without a buffer tells RC4's length; Wine tells dwBufLen",
          DOCUMENTED.format("CryptEncrypt", "pbData NULL")),
    Known(ANY, "Decrypt", BAD_LEN, r"\[\]", rc4, CASE,
          "CryptDecrypt of a last piece of nothing is NTE_BAD_LEN, for RC4, too; Wine 8: nothing",
          "as here: Wine's test, run there (dlls/advapi32/tests/crypt.c, of later versions, which obey it)"),
    Known("acquire", "PP_PROVTYPE", r"\[18000000\]", r"\[01000000\]", None, GO_ON,
          "PP_PROVTYPE is the type; Wine: PROV_RSA_FULL of every provider",
          DOCUMENTED.format("CryptGetProvParam", "PP_PROVTYPE")),
    Known("acquire", "PP_NAME", ".*Strong.*", ".*Enhanced.*", lambda b: b.first["name"] == "", GO_ON,
          "the usual provider of PROV_RSA_FULL is Strong; Wine: Enhanced",
          DOCUMENTED.format("CryptDeriveKey", "the default RSA Full provider is Strong")),
]


class Case:
    def __init__(self, fields):
        self.kind = fields[0]
        self.steps = {}
        step = ""
        self.steps[step] = []
        names = Counter()
        for field in fields[1:]:
            if field.startswith("/"):
                names[field] += 1
                step = f"{field}{names[field]}"
                self.steps[step] = []
            else:
                name, value = field.split("=", 1)
                self.steps[step].append((name, value))


def read(path):
    """The cases; their count is right only if the program went through to its end."""
    lines = Path(path).read_text(errors="replace").splitlines()
    rows = [line.split("\t") for line in lines if re.match(r"\d+\t\w+\t", line)]
    return {int(row[0]): Case(row[1:]) for row in rows}, bool(lines) and lines[-1] == "end"


class Comparison:
    def __init__(self):
        self.same_cases = 0
        self.results = 0
        self.kinds = Counter()
        self.known = Counter()
        self.unexplained = []

    def case(self, number, ours, wines):
        if ours.kind != wines.kind:
            self.unexplained.append(f"{number}: another case: {ours.kind}, {wines.kind}")
            return
        self.kinds[ours.kind] += 1
        before = sum(self.known.values()) + len(self.unexplained)
        self._steps(number, ours, wines)
        self.same_cases += before == sum(self.known.values()) + len(self.unexplained)

    def _steps(self, number, ours, wines):
        first = {}
        skipped = False
        for step in ours.steps:
            if step not in wines.steps:
                continue
            reach = self._step(number, Results(ours.kind, step, first, {}), ours.steps[step], wines.steps[step])
            if reach == CASE:
                return
            skipped = skipped or reach == STEP
        # which steps there are follows from the results
        if not skipped and list(ours.steps) != list(wines.steps):
            self.unexplained.append(f"{number}: steps {list(ours.steps)}, {list(wines.steps)}")

    def _step(self, number, before, ours, wines):
        for (name, mine), (wines_name, its) in zip(ours, wines):
            if (name, mine) != (wines_name, its):
                reach = self._difference(number, before, name, mine,
                                         its if name == wines_name else f"{wines_name}={its}")
                if reach != GO_ON:
                    return reach
            else:
                self.results += 1
            before.first.setdefault(name, mine)
            before.last[name] = mine
            if name == "KP_MODE":
                before.first["mode"] = mine  # the mode now
            if name == "SetKeyParam" and mine == DONE and before.last.get("set") == "2":
                before.first["salted"] = mine
        if len(ours) != len(wines):
            self.unexplained.append(f"{number}: {before.kind} {before.step}: {len(ours)} results, {len(wines)}")
            return CASE
        return GO_ON

    def _difference(self, number, before, name, mine, its):
        for i, known in enumerate(KNOWN):
            if known.explains(before._replace(ours=mine, wines=its), name):
                self.known[i] += 1
                return known.reach
        asked = " ".join(f"{k}={v}" for k, v in before.first.items() if k in ("prov", "hash", "alg", "flags"))
        last = " ".join(f"{k}={v[:60]}" for k, v in list(before.last.items())[-6:])
        self.unexplained.append(f"{before.kind} {before.step} {name}: {mine[:40]}, Wine {its[:40]} "
                                f"(case {number}: {asked} ... {last})")
        return CASE


def check_page(path):
    text = Path(path).read_text()
    rows = {line for line in text.splitlines() if line.startswith("|")} - {"| difference | what is known of Windows |",
                                                                           "|---|---|"}
    totals = Totals()
    for known in KNOWN:
        totals.check(f"{path} says: {known.what}", f"| {known.what} | {known.evidence} |" in rows)
    others = rows - {f"| {known.what} | {known.evidence} |" for known in KNOWN}
    totals.check(f"{path} tells no other difference", not others, "\n    ".join(others))
    totals.end()


def main():
    if sys.argv[1] == "page":
        check_page(sys.argv[2])
    count = int(sys.argv[1])
    ours, ours_ended = read(sys.argv[2])
    wines, wines_ended = read(sys.argv[3])
    comparison = Comparison()
    for number in sorted(ours.keys() & wines.keys()):
        comparison.case(number, ours[number], wines[number])

    print(f"{count} cases ({', '.join(f'{n} {kind}' for kind, n in comparison.kinds.items())}), "
          f"{comparison.results} results the same, {comparison.same_cases} cases without any difference")
    for i, known in enumerate(KNOWN):
        print(f"  {comparison.known[i]:5} {known.what}\n        {known.evidence}")
    totals = Totals()
    totals.check("libminidriver ran every case", ours_ended and len(ours) == count, f"{len(ours)}")
    totals.check("Wine ran every case", wines_ended and len(wines) == count, f"{len(wines)}")
    totals.check("every difference is explained", not comparison.unexplained,
                 "\n    ".join([str(len(comparison.unexplained)), *comparison.unexplained[:20]]))
    totals.check("most cases have none", comparison.same_cases * 2 > count, f"{comparison.same_cases}")
    totals.end()


if __name__ == "__main__":
    main()
