#!/usr/bin/env python3
"""Known answers for the tiled log, computed by another hand: run it to write the files beside it.

Follows RFC 6962 section 2.1 by definition (recursion over slices) and the C2SP texts; shares no
code with the crate. Needs the package `cryptography` for Ed25519.
"""

import base64
import hashlib
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).parent
LEAVES = [b"leaf %d" % number for number in range(70_000)]
SIZE, OLD, INDEX, TIME = 70_000, 66_666, 65_801, 1_796_115_600


def sha(data):
    return hashlib.sha256(data).digest()


def root(begin, end, memo={}):
    if end - begin == 1:
        return sha(b"\0" + LEAVES[begin])
    if (begin, end) not in memo:
        half = 1 << (end - begin - 1).bit_length() - 1
        memo[begin, end] = sha(b"\1" + root(begin, begin + half) + root(begin + half, end))
    return memo[begin, end]


def path(index, begin, end):
    if end - begin == 1:
        return []
    half = 1 << (end - begin - 1).bit_length() - 1
    middle = begin + half
    if index < middle:
        return path(index, begin, middle) + [root(middle, end)]
    return path(index, middle, end) + [root(begin, middle)]


def subproof(first, begin, end, known):
    if first == end:
        return [] if known else [root(begin, end)]
    half = 1 << (end - begin - 1).bit_length() - 1
    middle = begin + half
    if first <= middle:
        return subproof(first, begin, middle, known) + [root(middle, end)]
    return subproof(first, middle, end, False) + [root(begin, middle)]


class Key:
    def __init__(self, name, kind, seed):
        self.name, self.kind = name, kind
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = sha(name.encode() + b"\n" + bytes([kind]) + self.public)[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def line(self, text):
        if self.kind == 4:
            signed = f"cosignature/v1\ntime {TIME}\n{text}"
            signature = struct.pack(">Q", TIME) + self.private.sign(signed.encode())
        else:
            signature = self.private.sign(text.encode())
        return f"\u2014 {self.name} {b64(self.id + signature)}\n"


def b64(data):
    return base64.b64encode(data).decode()


log = Key("waxwing/0000000000001", 1, bytes(range(32)))
witness = Key("witness.example/w1", 4, bytes(range(32, 64)))
text = f"{log.name}\n{SIZE}\n{b64(root(0, SIZE))}\n"
note = f"{text}\n{log.line(text)}{witness.line(text)}"
hashes = "".join(b64(hash) + "\n" for hash in path(INDEX, 0, SIZE))
proof = f"c2sp.org/tlog-proof@v1\nextra {b64(LEAVES[INDEX])}\nindex {INDEX}\n{hashes}\n{note}"
consistency = "".join(b64(hash) + "\n" for hash in subproof(OLD, 0, SIZE, True))
request = f"old {OLD}\n{consistency}\n{text}\n{log.line(text)}"

(HERE / "entry.tlog-proof").write_text(proof)
(HERE / "add-checkpoint").write_text(request)
(HERE / "keys").write_text(f"{log.vkey()}\n{witness.vkey()}\n{b64(root(0, OLD))}\n")
