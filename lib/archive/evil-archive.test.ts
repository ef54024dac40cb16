import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createZstdCompress, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Header } from "tar-stream";
import { describe, expect, test } from "vitest";
import { fileEntry, folderEntry, listOf, MANIFEST, packToBuffer, unpackAll } from "#lib/archive/archive-fixture.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { tarEnd, tarHeader, tarPadding } from "#lib/archive/tar-header.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";

const TIME = "2026-11-22T01:00:00.000Z";
const manifestText = JSON.stringify(MANIFEST);
const manifest = file("manifest.json", manifestText);

interface Part {
  header: Partial<Header> & { name: string };
  body: string;
}

describe("names and types", () => {
  const evil: [string, Part[], string][] = [
    ["a path with “..”", [file("entries/../../etc/passwd", "x")], "unsafe-entry"],
    ["“..” in the middle", [file("entries/a/../b", "x")], "unsafe-entry"],
    ["an absolute path", [file("entries//etc/passwd", "x")], "unsafe-entry"],
    ["an empty path", [file("entries/", "x")], "unsafe-entry"],
    ["a path outside entries/", [file("/etc/passwd", "x")], "invalid-archive"],
    ["a part of 256 bytes", [file(`entries/${"é".repeat(128)}`, "x")], "unsafe-entry"],
    ["a link out of the root", [link("entries/a", "../x")], "unsafe-entry"],
    ["an absolute link", [link("entries/a", "/etc/passwd")], "unsafe-entry"],
    ["a link that climbs behind a name", [folder("entries/d"), link("entries/d/a", "b/../../../x")], "unsafe-entry"],
    ["a file below a link", [link("entries/a", "b"), file("entries/a/x", "x")], "unsafe-entry"],
    ["a file below a file", [file("entries/a", "x"), file("entries/a/x", "x")], "unsafe-entry"],
    ["a link in place of a folder", [file("entries/a/x", "x"), link("entries/a", "b")], "unsafe-entry"],
    ["a hard link", [{ header: { name: "entries/a", type: "link", linkname: "manifest.json" }, body: "" }], "unsafe-entry"],
    [
      "a character device",
      [{ header: { name: "entries/a", type: "character-device", devmajor: 1, devminor: 3 }, body: "" }],
      "unsafe-entry",
    ],
    ["a block device", [{ header: { name: "entries/a", type: "block-device" }, body: "" }], "unsafe-entry"],
    ["a pipe", [{ header: { name: "entries/a", type: "fifo" }, body: "" }], "unsafe-entry"],
    ["a contiguous file", [{ header: { name: "entries/a", type: "contiguous-file" }, body: "" }], "invalid-archive"],
    ["a name that comes twice", [file("entries/a", "x"), file("entries/a", "x")], "invalid-archive"],
    ["a folder that comes twice", [folder("entries/a"), folder("entries/a")], "invalid-archive"],
  ];
  test.each(evil)("%s", async (_what, parts, code) => {
    await expect(unpackAll(await tarOf([manifest, ...parts, indexOf(parts)]))).rejects.toMatchObject({ code });
  });

  test("a NUL or broken UTF-8 in a name", async () => {
    for (const name of [Buffer.from("entries/a\0b"), Buffer.from([0x65, 0x2f, 0xff, 0xfe])]) {
      const record = Buffer.concat([Buffer.from("path="), name, Buffer.from("\n")]);
      const body = Buffer.concat([Buffer.from(`${record.length + 3} `), record]);
      const pax = tarHeader({ name: "PaxHeader", type: "file", sizeBytes: body.length, mode: 0o644, modifiedAt: new Date(TIME) });
      const tar = Buffer.concat([
        rawFile("manifest.json", manifestText),
        retype(pax, "x"),
        body,
        tarPadding(body.length),
        rawFile("x", ""),
        tarEnd(),
      ]);
      await expect(unpackAll(zstdCompressSync(tar))).rejects.toMatchObject({
        code: expect.stringMatching(/^(unsafe-entry|invalid-archive)$/) as unknown,
      });
    }
  });
});

describe("documents", () => {
  const entry = file("entries/a", "content");
  const index = indexObject([entry]);
  const wrong: [string, Part[], string][] = [
    ["no manifest", [entry, indexOf([entry])], "invalid-archive"],
    ["nothing at all", [], "invalid-archive"],
    ["no index", [manifest, entry], "invalid-archive"],
    ["the index first", [manifest, indexOf([entry]), entry], "invalid-archive"],
    ["something behind the index", [manifest, entry, indexOf([entry]), file("entries/b", "")], "invalid-archive"],
    ["two indexes", [manifest, entry, indexOf([entry]), indexOf([entry])], "invalid-archive"],
    ["a newer format", [file("manifest.json", JSON.stringify({ formatVersion: 2, all: "different" })), entry], "newer-format"],
    ["a newer index", [manifest, entry, file("index.json", JSON.stringify({ ...index, formatVersion: 2 }))], "newer-format"],
    ["a manifest that is no JSON", [file("manifest.json", "{"), entry], "invalid-archive"],
    ["a manifest without a system", [file("manifest.json", JSON.stringify({ ...MANIFEST, system: undefined })), entry], "invalid-archive"],
    ["another archive's index", [manifest, entry, file("index.json", JSON.stringify({ ...index, backupId: "bak_2" }))], "invalid-archive"],
    [
      "another manifest than indexed",
      [manifest, entry, file("index.json", JSON.stringify({ ...index, manifestSha256: "0".repeat(64) }))],
      "invalid-archive",
    ],
    ["a wrong hash", [manifest, file("entries/a", "CONTENT"), indexOf([entry])], "invalid-archive"],
    ["a wrong size", [manifest, file("entries/a", "content!"), indexOf([entry])], "invalid-archive"],
    ["an entry too many", [manifest, entry, file("entries/b", ""), indexOf([entry])], "invalid-archive"],
    ["an entry too few", [manifest, entry, indexOf([entry, file("entries/b", "")])], "invalid-archive"],
    ["another mode", [manifest, { header: { ...entry.header, mode: 0o777 }, body: entry.body }, indexOf([entry])], "invalid-archive"],
    [
      "wrong totals",
      [manifest, entry, file("index.json", JSON.stringify({ ...index, totals: { ...index.totals, sizeBytes: 1 } }))],
      "invalid-archive",
    ],
    ["an index that is cut short", [manifest, entry, file("index.json", JSON.stringify(index).slice(0, -1))], "invalid-archive"],
    ["an index that goes on", [manifest, entry, file("index.json", `${JSON.stringify(index)}{}`)], "invalid-archive"],
    ["an empty index", [manifest, entry, file("index.json", "")], "invalid-archive"],
    ["a mode that no file has", [manifest, { header: { ...entry.header, mode: 0o100640 }, body: entry.body }], "invalid-archive"],
    ["a manifest of two megabytes", [file("manifest.json", " ".repeat(2_000_000)), entry], "too-large"],
  ];
  test.each(wrong)("%s", async (_what, parts, code) => {
    await expect(unpackAll(await tarOf(parts))).rejects.toMatchObject({ code });
  });

  test.each([
    ["as it is written", JSON.stringify(index)],
    ["with spaces", JSON.stringify(index, null, 2)],
    ["with spaces behind it", `${JSON.stringify(index)}\n`],
    ["with a time in another zone", JSON.stringify(index).replace(TIME, TIME.replace("Z", "+00:00"))],
    [
      "with fields that nobody knows yet",
      JSON.stringify({ madeWith: "care", ...index, entries: index.entries.map((one) => ({ owner: "root", ...one })) }),
    ],
  ])("the same parts, right, are accepted, with the index %s", async (_how, text) => {
    const { files, proof } = await unpackAll(await tarOf([manifest, entry, file("index.json", text)]));
    expect(files.get("a")?.toString()).toBe("content");
    expect(proof.index.totals).toEqual({ entries: 1, files: 1, sizeBytes: 7 });
  });

  test("an entry that differs is named, wherever in a long index it stands", async () => {
    const many = Array.from({ length: 1500 }, (_, number) => file(`entries/${number}`, String(number)));
    const listed = indexOf([...many.slice(0, 1234), file("entries/1234", "4321"), ...many.slice(1235)]);
    await expect(unpackAll(await tarOf([manifest, ...many, indexOf(many)]))).resolves.toBeDefined();
    await expect(unpackAll(await tarOf([manifest, ...many, listed]))).rejects.toThrow("“1234” is not what its index says");
  });
});

describe("size", () => {
  test("10 GB of zeros in a file of a megabyte stop at the limit, without having been unfolded", async () => {
    const bomb = zeroBomb(10e9);
    let given = 0;
    const walk = readArchive(bomb, { fileKey: null, limits: limitsFor(1_000_000, null) });
    const run = async () => {
      for await (const entry of walk) for await (const piece of entry.body) given += (piece as Buffer).length;
    };
    await expect(run()).rejects.toMatchObject({ code: "too-large" });
    expect(given).toBeLessThanOrEqual(500_000_000);
    expect(bomb.destroyed).toBe(true);
  });

  test("an archive stops at the size that was recorded", async () => {
    const packed = await packToBuffer([fileEntry("zeros", Buffer.alloc(5_000_000))]);
    const limits = limitsFor(packed.storedBytes, 1_000_000);
    await expect(unpackAll(packed.stored, { limits })).rejects.toMatchObject({ code: "too-large" });
  });

  test("more entries than allowed", async () => {
    const packed = await packToBuffer(Array.from({ length: 101 }, (_, index) => folderEntry(`d${index}`)));
    const limits = { ...limitsFor(packed.storedBytes, null), maxEntries: 100 };
    await expect(unpackAll(packed.stored, { limits })).rejects.toMatchObject({ code: "too-large" });
  });

  test("a million entries stop at the limit, and not a moment later", async () => {
    let made = 0;
    function* tar(): Generator<Buffer> {
      yield rawFile("manifest.json", manifestText);
      for (; made < 1_000_000; made++) {
        yield tarHeader({ name: `entries/d${made}`, type: "directory", sizeBytes: 0, mode: 0o755, modifiedAt: new Date(TIME) });
      }
    }
    const million = Readable.from(tar(), { objectMode: false }).pipe(createZstdCompress());
    const run = async () => {
      for await (const entry of readArchive(million, { fileKey: null, limits: limitsFor(10_000_000, null) })) entry.body.resume();
    };
    await expect(run()).rejects.toMatchObject({ code: "too-large", message: expect.stringContaining("200000 entries") as string });
    expect(made).toBeLessThan(220_000);
  }, 120_000);

  test("what unfolds without end out of little stops when it is asked to", async () => {
    const stop = new AbortController();
    const bomb = Readable.from([rleBomb(20_000)], { objectMode: false });
    let pieces = 0;
    const limits = { ...limitsFor(1_000_000, null), maxTarBytes: Number.MAX_SAFE_INTEGER };
    const run = async () => {
      for await (const entry of readArchive(bomb, { fileKey: null, limits, signal: stop.signal })) {
        for await (const piece of entry.body) if ((pieces += (piece as Buffer).length > 0 ? 1 : 0) === 10) stop.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ name: "AbortError" });
    expect(pieces).toBeLessThanOrEqual(12);
  });

  test("a walk stops between two entries, although both are in memory", async () => {
    const stop = new AbortController();
    const packed = await packToBuffer(Array.from({ length: 101 }, (_, index) => folderEntry(`d${index}`)));
    let entries = 0;
    const run = async () => {
      const limits = limitsFor(packed.storedBytes, null);
      const options = { fileKey: null, limits, signal: stop.signal };
      for await (const entry of readArchive(Readable.from([packed.stored], { objectMode: false }), options)) {
        entry.body.resume();
        if ((entries += 1) === 3) stop.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ name: "AbortError" });
    expect(entries).toBe(3);
  });

  test("an endless extended header, and one of negative size", async () => {
    const header = tarHeader({ name: "PaxHeader", type: "file", sizeBytes: 5_000_000, mode: 0o644, modifiedAt: new Date(TIME) });
    const negative = retype(header, "x");
    negative.write("-1", 124, "latin1");
    for (const block of [retype(header, "x"), negative]) {
      await expect(unpackAll(zstdCompressSync(Buffer.concat([block, Buffer.alloc(5_000_000)])))).rejects.toMatchObject({
        code: "invalid-archive",
      });
    }
  });
});

describe("damage to an archive that is not encrypted", () => {
  const captured = [fileEntry("a", randomBytes(3000)), fileEntry("b", "text ".repeat(400))];
  const refusal = { code: expect.stringMatching(/^(invalid-archive|too-large|newer-format|unsafe-entry)$/) as unknown };

  test("cut anywhere, or continued: refused", async () => {
    const { stored } = await packToBuffer(captured);
    const cuts = Array.from({ length: 80 }, (_, step) => stored.subarray(0, Math.floor((step * stored.length) / 80)));
    const continued = [Buffer.from([0]), stored, Buffer.from(zstdCompressSync("more"))].map((more) => Buffer.concat([stored, more]));
    for (const bytes of [...cuts, ...continued]) await expect(unpackAll(bytes)).rejects.toMatchObject(refusal);
  });

  test("any bit flipped: refused, but for the few bits of a zstd header that mean nothing for the content", async () => {
    const { stored, index } = await packToBuffer(captured);
    for (let at = 0; at < stored.length; at += 17) {
      const [result] = await Promise.allSettled([unpackAll(flipBit(stored, at))]);
      if (result.status === "rejected") expect(result.reason).toMatchObject(refusal);
      else expect(listOf(result.value.proof.index)).toEqual(listOf(index));
    }
  });

  test("a re-walk notices a changed entry at that entry", async () => {
    const packed = await packToBuffer([fileEntry("a", "right"), fileEntry("b", "other")]);
    const changed = await tarOf([manifest, file("entries/a", "wrong")]);
    const walk = readArchive(Readable.from([changed]), { fileKey: null, limits: limitsFor(changed.length, null), index: packed.index });
    const first = await walk.next();
    if (first.done === true) throw new Error("There should be an entry.");
    await expect(buffer(first.value.body)).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(walk.next()).rejects.toMatchObject({ code: "invalid-archive" });
  });
});

test("an encrypted archive that is damaged, cut or for another file key is refused", async () => {
  const fileKey = createFileKey();
  const { header } = encryptHeader({ fileKey, recipients: [generateIdentity().recipient] });
  const { stored } = await packToBuffer([fileEntry("a", randomBytes(150_000))], { encryption: { fileKey, header } });
  const damaged = [
    ...Array.from({ length: 40 }, (_, step) => stored.subarray(0, Math.floor((step * stored.length) / 40))),
    ...Array.from({ length: 60 }, () => flipBit(stored, Math.floor(Math.random() * stored.length))),
    Buffer.concat([stored, Buffer.from([0])]),
  ];
  for (const bytes of damaged) {
    await expect(unpackAll(bytes, { fileKey })).rejects.toMatchObject({
      code: expect.stringMatching(/^(header|header-mac|payload)$/) as unknown,
    });
  }
  await expect(unpackAll(stored, { fileKey: createFileKey() })).rejects.toMatchObject({ code: "header-mac" });
});

function file(name: string, body: string): Part {
  return { header: { name, type: "file", mode: 0o640, mtime: new Date(TIME) }, body };
}

function folder(name: string): Part {
  return { header: { name, type: "directory", mode: 0o755, mtime: new Date(TIME) }, body: "" };
}

function link(name: string, linkname: string): Part {
  return { header: { name, type: "symlink", linkname, mode: 0o777, mtime: new Date(TIME) }, body: "" };
}

function indexOf(parts: Part[]): Part {
  return file("index.json", JSON.stringify(indexObject(parts)));
}

function indexObject(parts: Part[]) {
  const entries = parts.map(({ header, body }) => {
    const common = { path: header.name.slice("entries/".length), mode: header.mode ?? 0, modifiedAt: TIME };
    if (header.type === "symlink") return { ...common, type: "symlink", linkTarget: header.linkname };
    if (header.type === "directory") return { ...common, type: "directory" };
    return { ...common, type: "file", sizeBytes: Buffer.byteLength(body), sha256: sha256(body) };
  });
  const files = parts.filter(({ header }) => header.type === "file");
  const sizeBytes = files.reduce((sum, part) => sum + Buffer.byteLength(part.body), 0);
  return {
    formatVersion: 1,
    backupId: MANIFEST.backupId,
    manifestSha256: sha256(manifestText),
    totals: { entries: entries.length, files: files.length, sizeBytes },
    entries,
  };
}

async function tarOf(parts: Part[]): Promise<Buffer> {
  const tar = pack();
  for (const part of parts) tar.entry({ ...part.header }, part.header.type === "file" ? part.body : "");
  tar.finalize();
  return zstdCompressSync(await buffer(tar));
}

/** A stream of the compressed form of an archive with one file of zeros; nothing of it is ever held whole. */
/** A zstd frame of hand-made blocks (RFC 8878, 3.1.1.2), each of which says in four bytes that 128 KiB of zeros follow. */
function rleBomb(blocks: number): Buffer {
  const blockBytes = 128 * 1024;
  const header = tarHeader({
    name: "entries/zeros",
    type: "file",
    sizeBytes: blocks * blockBytes,
    mode: 0o640,
    modifiedAt: new Date(TIME),
  });
  const start = Buffer.concat([rawFile("manifest.json", manifestText), header]);
  const rawHeader = Buffer.alloc(3);
  rawHeader.writeUIntLE(start.length << 3, 0, 3);
  const rle = Buffer.alloc(4);
  rle.writeUIntLE((blockBytes << 3) | (1 << 1), 0, 3);
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  return Buffer.concat([frame, rawHeader, start, ...Array.from({ length: blocks }, () => rle), Buffer.from([1, 0, 0])]);
}

function zeroBomb(sizeBytes: number): Readable {
  const zeros = Buffer.alloc(1024 * 1024);
  function* tar(): Generator<Buffer> {
    yield rawFile("manifest.json", manifestText);
    yield tarHeader({ name: "entries/zeros", type: "file", sizeBytes, mode: 0o640, modifiedAt: new Date(TIME) });
    for (let written = 0; written < sizeBytes; written += zeros.length) yield zeros;
  }
  return Readable.from(tar(), { objectMode: false }).pipe(createZstdCompress());
}

function rawFile(name: string, text: string): Buffer {
  const body = Buffer.from(text);
  const header = tarHeader({ name, type: "file", sizeBytes: body.length, mode: 0o640, modifiedAt: new Date(TIME) });
  return Buffer.concat([header, body, tarPadding(body.length)]);
}

/** The same header with another type flag and a right checksum. */
function retype(header: Buffer, flag: string): Buffer {
  const block = Buffer.from(header);
  block.write(flag, 156, "latin1");
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function flipBit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
