"""Write a compound file (MS-CFB, version 3), as old office files and Outlook messages are, for the tests of their readers."""

import struct

FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
SECTOR, MINI = 512, 64
ROOT, STORAGE, STREAM = 5, 1, 2


def compound(members: dict[str, bytes]) -> bytes:
    """Return a compound file of streams by their paths ("folder/stream"), each under 4,096 bytes."""
    minis, minifat, entries = b"", list[int](), [("Root Entry", ROOT, 0, 0)]
    children: dict[str, list[int]] = {"": []}
    for path, data in members.items():
        folder, _, name = path.rpartition("/")
        if folder not in children:
            children[folder] = []
            children[""].append(len(entries))
            entries.append((folder, STORAGE, 0, 0))
        children[folder].append(len(entries))
        entries.append((name, STREAM, len(minifat), len(data)))
        count = max(1, -(-len(data) // MINI))
        minifat += [len(minifat) + n + 1 for n in range(count - 1)] + [END]
        minis += data.ljust(count * MINI, b"\0")
    parts = [_directory(entries, children, len(minis)), struct.pack(f"<{len(minifat)}I", *minifat), minis]
    sectors = [max(1, -(-len(part) // SECTOR)) for part in parts]
    starts = [1, 1 + sectors[0], 1 + sectors[0] + sectors[1]]
    fat = [FAT] + [link for start, count in zip(starts, sectors, strict=True) for link in _chain(start, count)]
    fills = (b"\0", b"\xff", b"\0")
    body = b"".join(part.ljust(n * SECTOR, fill) for part, n, fill in zip(parts, sectors, fills, strict=True))
    body = body.replace(b"ROOT", struct.pack("<I", starts[2]), 1)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIIII", 0, 1, starts[0], 0, 4096, starts[1], sectors[1], END, 0, 0)
    return (head + struct.pack("<I", FREE) * 108)[:SECTOR] + struct.pack("<128I", *(fat + [FREE] * 128)[:128]) + body


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), END]


def _directory(entries: list[tuple[str, int, int, int]], children: dict[str, list[int]], size: int) -> bytes:
    """Return the directory; the entries of a storage hang on each other as right neighbours."""
    after = {number: row[n + 1] for row in children.values() for n, number in enumerate(row[:-1])}
    out = b""
    for number, (name, kind, start, length) in enumerate(entries):
        inside = children.get("" if kind == ROOT else name, []) if kind != STREAM else []
        label = name.encode("utf-16-le")
        out += label.ljust(64, b"\0") + struct.pack("<HBB", len(label) + 2, kind, 1)
        out += struct.pack("<III", NONE, after.get(number, NONE), inside[0] if inside else NONE) + bytes(36)
        out += (b"ROOT" + struct.pack("<Q", size)) if kind == ROOT else struct.pack("<IQ", start, length)
    unused = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, NONE, NONE, NONE) + bytes(48)
    return out + unused * (-len(entries) % 4)
