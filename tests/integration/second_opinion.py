# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    second_opinion.py CASES FOLDER
    second_opinion.py page FILE

The first compares what the modules have derived: FOLDER holds what second_opinion.c printed for each, as NAME.txt;
"ours" is the module under test, "openssl" OpenSSL's opinion, which counts as two: its KDFs, and what is put together of
its hashes, MACs and ciphers. Every case that somebody answers differently must be one of the differences in KNOWN, each
of which names its evidence; so must a case that somebody refuses and somebody else derives. The second looks whether
each of them stands in doc/second-opinion.md.
"""
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from totals import Totals

NSS = "nss.*"
FAMILY_OF_HALF_AS_MANY_MORE = r"CKM_(ECDH1_|HKDF_D|SP800_108_)"  # draw_count() of second_opinion_draw.c


class Case(NamedTuple):
    text: str    # the case in words
    result: str  # keys in hexadecimal, or "CKR 0x... C_Function"


def number(case, name):
    return int(re.search(rf"\b{name}=\w*?:?(\d+)", case)[1])


def beyond_the_end(case):
    return number(case, "bit") + 8 * number(case, "len") > 8 * number(case, "base")


class Known(NamedTuple):
    who: str         # names of modules that a pattern matches
    mechanism: str
    case: object     # pattern of the case in words, or a function of it
    outcome: object  # what comes of it: pattern, or a function of it and of our result
    what: str        # the difference
    evidence: str

    def explains(self, who, mechanism, case, result, ours):
        if not (re.fullmatch(self.who, who) and re.fullmatch(self.mechanism, mechanism)):
            return False
        if not (self.case(case) if callable(self.case) else re.search(self.case, case)):
            return False
        return self.outcome(result, ours) if callable(self.outcome) else re.match(self.outcome, result)


PARAM_INVALID = "CKR 0x71 "
MECHANISM_INVALID = "CKR 0x70 "
KNOWN = [
    Known(NSS, "CKM_ECDH1_DERIVE", r"kdf=CKD_(SHA3_|BLAKE2B_|\w+_SP800\b)", MECHANISM_INVALID,
          "has X9.63 with SHA-1 and SHA-2 only",
          "NSS 3.87, lib/softoken/pkcs11c.c, sftk_ANSI_X9_63_kdf: other kdfs are CKR_MECHANISM_INVALID"),
    Known(NSS, "CKM_ECDH1_DERIVE", r"^(?!.* len=).*kdf=CKD_SHA", "$",
          "makes a key of no bytes when the template has no CKA_VALUE_LEN",
          "pkcs11c.c, NSC_DeriveKey, CKM_ECDH1_DERIVE: the KDF is asked for keySize bytes, which is 0 then"),
    Known(NSS, "CKM_HKDF_.*", "hash=SHA3_", MECHANISM_INVALID,
          "has no SHA-3 in HKDF",
          "pkcs11c.c, sftk_HKDF: GetHashTypeFromMechanism knows SHA-1 and SHA-2"),
    Known(NSS, "CKM_HKDF_.*", "steps=extract ", lambda got, ours: got != ours and got.startswith(ours),
          "ignores CKA_VALUE_LEN when it only extracts: the key is the whole hash",
          "pkcs11c.c, sftk_HKDF: without bExpand, keySize = genLen = hashLen"),
    Known(NSS, "CKM_HKDF_DERIVE", "key=(AES|DES3) .*steps=extract ", "CKR 0x62 ",
          "the same, and refuses the whole hash as a cipher's key where it has another length",
          "as before; a key of that length is CKR_KEY_SIZE_RANGE"),
    Known(NSS, "CKM_EXTRACT_KEY_FROM_KEY", beyond_the_end, PARAM_INVALID,
          "refuses bits beyond the end of the base key; PKCS#11 goes on at its beginning, as in its own example",
          "pkcs11c.c, NSC_DeriveKey, CKM_EXTRACT_KEY_FROM_KEY; the example: tests/vectors/pkcs11-examples.vec"),
    Known(NSS, "CKM_.*_ENCRYPT_DATA", "data=(80|96)", PARAM_INVALID,
          "encrypts 64 bytes at most",
          "pkcs11c.c, sftk_DeriveEncrypt: SFTK_MAX_DERIVE_KEY_SIZE is 64"),
    Known(NSS, "CKM_SP800_108_.*", r"^(?!.* more=).*seg",
          lambda got, ours: not got.startswith("CKR") and len(got) == len(ours),
          "with one key takes its length as L, where DKM_LENGTH_SUM_OF_SEGMENTS says the output of all rounds",
          "kbkdf.c, kbkdf_CalculateLength: dkmLengthMethod is looked at with additional keys only; PKCS#11 3.2 6.42.2"),
    Known(NSS, "CKM_SP800_108_.*", r"fields=\S*K\d", PARAM_INVALID,
          "takes no keys among the fields",
          "kbkdf.c, kbkdf_ValidateParameter: CK_SP800_108_KEY_HANDLE, new in PKCS#11 3.2, is not there"),
    Known(NSS, "CKM_SP800_108_.*", "hash=DES3_CMAC", PARAM_INVALID,
          "has no 3DES-CMAC",
          "kbkdf.c, kbkdf_ValidateParameters: the line with CKM_3DES_CMAC is commented out"),
    Known("nss", "CKM_SP800_108_.*", "hash=SHA3_", PARAM_INVALID,
          "has no SHA-3 (3.87; Thunderbird's newer NSS has it)",
          "sftkhmac.c of 3.87, sftk_HMACMechanismToHash"),
    Known(NSS, "CKM_PKCS5_PBKD2", "prf=[78] ", PARAM_INVALID,
          "has no SHA-512/224 and SHA-512/256",
          "pkcs11c.c, the switch over pbkd2_params->prf ends with CKP_PKCS5_PBKD2_HMAC_SHA512"),
    Known("softhsm", "CKM_ECDH1_DERIVE", "kdf=CKD_(?!NULL)", PARAM_INVALID,
          "has CKD_NULL only",
          "SoftHSM 2.6.1, src/lib/SoftHSM.cpp, deriveECDH: every other kdf is CKR_MECHANISM_PARAM_INVALID"),
    Known("softhsm", "CKM_.*_ENCRYPT_DATA", r"^(?!.* len=)", "CKR 0xd0 ",
          "wants CKA_VALUE_LEN for a generic secret",
          "SoftHSM.cpp, deriveSymmetric: byteLen == 0 is CKR_TEMPLATE_INCOMPLETE"),
    Known("softhsm", "CKM_DES_.*", "", MECHANISM_INVALID,
          "lists single DES, which OpenSSL 3 has in its legacy provider only",
          "SoftHSM.cpp, deriveSymmetric: CKR_MECHANISM_INVALID where encryptInit fails"),
    Known("ours", "CKM_SP800_108_.*", "hash=DES3_CMAC", PARAM_INVALID,
          "3DES-CMAC is not offered as a PRF",
          "NIST SP 800-131A rev. 2 disallows 3DES after 2023"),
]


class Opinions:
    """What one module printed; OpenSSL's by the kind of opinion."""

    def __init__(self, path):
        self.library = ""
        self.listed = []
        self.cases = defaultdict(dict)  # mechanism -> number -> Case
        for line in path.read_text().splitlines():
            fields = line.split("\t")
            if fields[0] == "library":
                self.library = " ".join(fields[1:])
            elif fields[0] == "mechanism":
                self.listed.append(fields[1])
            elif fields[0] == "case" and len(fields) == 6:
                self.cases[fields[1]][int(fields[2])] = Case(fields[3], fields[5])

    @staticmethod
    def of_openssl(path):
        kinds = {"EVP_KDF": "kdf", "EVP parts": "parts"}
        lines = path.read_text().splitlines()
        result = {}
        for name, kind in kinds.items():
            opinions = Opinions(Path("/dev/null"))
            for fields in (line.split("\t") for line in lines):
                if fields[0] == "case" and fields[4] == kind:
                    opinions.cases[fields[1]][int(fields[2])] = Case(fields[3], fields[5])
            result[name] = opinions
        return result


def refused(result):
    return result.startswith("CKR ")


class Comparison:
    """One mechanism's cases."""

    def __init__(self, mechanism, ours, others):
        self.mechanism = mechanism
        self.agreed = Counter()
        self.known = Counter()  # (who, index into KNOWN)
        self.unexplained = []
        self.alone = 0          # nobody else derives it
        self.by_nobody = 0      # nor we
        self.count = len(ours)
        for index, case in ours.items():
            self._case(index, case, {who: o[index] for who, o in others.items() if index in o})

    def _case(self, index, ours, others):
        derived = [o for o in others.values() if not refused(o.result)]
        if refused(ours.result):
            self._ours_refused(index, ours, derived)
            return
        if not derived:
            self.alone += 1
        for who, other in others.items():
            if other.text != ours.text:
                self.unexplained.append(f"{who} {index}: another case: {other.text}; ours: {ours.text}")
            elif other.result == ours.result:
                self.agreed[who] += 1
            else:
                self._explain(who, index, other, ours.result)

    def _ours_refused(self, index, ours, derived):
        if derived:
            self._explain("ours", index, ours, derived[0].result)
        else:
            self.by_nobody += 1

    def _explain(self, who, index, case, reference):
        for i, known in enumerate(KNOWN):
            if known.explains(who, self.mechanism, case.text, case.result, reference):
                self.known[who, i] += 1
                return
        self.unexplained.append(f"{who} {index}: {case.text}: {case.result[:80]}; expected {reference[:80]}")

    def row(self):
        agreed = ", ".join(f"{who} {n}" for who, n in self.agreed.items()) or "-"
        differed = ", ".join(f"{who} {n} [{i + 1}]" for (who, i), n in self.known.items())
        rest = [f"{n} {what}" for n, what in ((self.alone, "ours alone"), (self.by_nobody, "by nobody"),
                                              (len(self.unexplained), "UNEXPLAINED")) if n]
        return f"{self.mechanism:41} {self.count:5}  {agreed:58}  {', '.join(filter(None, [differed, *rest]))}".rstrip()


def expected_count(mechanism, cases):
    return cases + cases // 2 if re.match(FAMILY_OF_HALF_AS_MANY_MORE, mechanism) else cases


def print_known(comparisons, libraries):
    seen = Counter()
    for comparison in comparisons:
        for (_, i), n in comparison.known.items():
            seen[i] += n
    print("\nknown differences")
    for i, known in enumerate(KNOWN):
        print(f"  [{i + 1}] {known.who}: {known.what} ({seen[i]} cases)\n       {known.evidence}")
    print()
    for who, library in libraries.items():
        print(f"{who}: {library}")


def check_comparison(totals, comparison, cases):
    name = comparison.mechanism
    totals.equal(f"{name}: every case was run", comparison.count, expected_count(name, cases))
    totals.check(f"{name}: {sum(comparison.agreed.values())} answers agree, the others are explained",
                 not comparison.unexplained, "\n    ".join(comparison.unexplained[:5]))


def check_page(path):
    text = Path(path).read_text()
    totals = Totals()
    for known in KNOWN:
        totals.check(f"{path} says that {known.who} {known.what}", f"| {known.what} | {known.evidence} |" in text)
    totals.end()


def main():
    if sys.argv[1] == "page":
        check_page(sys.argv[2])
    cases, folder = int(sys.argv[1]), Path(sys.argv[2])
    modules = {path.stem: Opinions(path) for path in sorted(folder.glob("*.txt"))}
    del modules["ours"], modules["openssl"]
    ours = Opinions(folder / "ours.txt")
    others = Opinions.of_openssl(folder / "openssl.txt") | modules
    totals = Totals()
    comparisons = [Comparison(m, ours.cases[m], {who: o.cases[m] for who, o in others.items()}) for m in ours.listed
                   if not m.startswith("0x")]

    print(f"{'mechanism':41} cases  {'agreed':58}  differed")
    for comparison in comparisons:
        print(comparison.row())
    print_known(comparisons, {"ours": ours.library} | {who: o.library for who, o in modules.items()})
    for who, opinions in modules.items():
        print(f"{who} lists besides: {' '.join(m for m in opinions.listed if m not in ours.listed) or 'nothing'}")
    alone = [c.mechanism for c in comparisons if not c.agreed]
    print(f"no other implementation here: {' '.join(alone) or 'none'}\n")

    for comparison in comparisons:
        check_comparison(totals, comparison, cases)
    totals.equal("every mechanism of ours has cases", [m for m in ours.listed if m.startswith("0x")], [])
    for who, opinions in others.items():
        totals.check(f"{who} has an opinion", any(c.agreed[who] for c in comparisons))
        for mechanism in opinions.listed:
            if opinions.cases[mechanism]:
                totals.equal(f"{who}, {mechanism}: every case was run", len(opinions.cases[mechanism]),
                             expected_count(mechanism, cases))
    totals.end()


main()
