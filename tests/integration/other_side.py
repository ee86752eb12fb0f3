# SPDX-License-Identifier: LGPL-2.1-or-later
"""The other side of an agreement with the card, computed by python3-cryptography and nothing of ours."""
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from totals import plain_environment

HASHES = {"SHA1": hashes.SHA1(), "SHA224": hashes.SHA224(), "SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(),
          "SHA512": hashes.SHA512(), "SHA3_224": hashes.SHA3_224(), "SHA3_256": hashes.SHA3_256(),
          "SHA3_384": hashes.SHA3_384(), "SHA3_512": hashes.SHA3_512()}


def softcard_tool(tool, *args):
    """What softcard-tool says."""
    return subprocess.run([tool, *args], check=True, stdout=subprocess.PIPE, env=plain_environment()).stdout


def card_certificate(tool, card, slot):
    return x509.load_pem_x509_certificate(softcard_tool(tool, "cert", card, slot))


class Secret:
    """What is made of a shared secret z."""

    z = b""

    def x963(self, name, length, shared=b""):
        return X963KDF(HASHES[name], length, shared).derive(self.z)

    def concat(self, name, length, other_info=b""):
        return ConcatKDFHash(HASHES[name], length, other_info).derive(self.z)


class OtherSide(Secret):
    """A fresh key on the curve of a card's key, and the secret they share."""

    def __init__(self, card_public):
        self.private = ec.generate_private_key(card_public.curve)
        self.public = self.private.public_key()
        self.z = self.private.exchange(ec.ECDH(), card_public)
        self.point = self._point(serialization.PublicFormat.UncompressedPoint)
        self.compressed = self._point(serialization.PublicFormat.CompressedPoint)
        self.spki = self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def _point(self, form):
        return self.public.public_bytes(serialization.Encoding.X962, form)


class MontgomerySide(Secret):
    """The key pair in a PEM file, and the secret that another program has computed with it and the card's key."""

    def __init__(self, key_file, z_file):
        with open(key_file, "rb") as pem:
            self.public = serialization.load_pem_private_key(pem.read(), None).public_key()
        with open(z_file, "rb") as secret:
            self.z = secret.read()
        self.point = self.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.spki = self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def bit_string(data):
    """DER BIT STRING of whole bytes (fewer than 127)."""
    return b"\x03" + bytes([len(data) + 1, 0]) + data


def octet_string(data):
    """DER OCTET STRING around a point (shorter than 256 bytes)."""
    length = bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])
    return b"\x04" + length + data
