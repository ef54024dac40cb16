import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { zstdDecompressSync } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, describe, expect, test } from "vitest";
import { openArchive } from "#lib/archive/archive-reader.ts";
import { fileEntry, folderEntry, linkEntry, listOf, MANIFEST, packToBuffer, unpackAll } from "#lib/archive/archive-fixture.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { packArchive } from "#lib/archive/pack.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { createSpool } from "#lib/archive/spool.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import type { CaptureEntry } from "#lib/connectors/connector.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader, fileKeyFromHeader } from "#lib/crypto/recipients.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = generateIdentity();
const longName = "\u{1f512}".repeat(63) + "abc";
const entries: CaptureEntry[] = [
  folderEntry("etc"),
  fileEntry("etc/hosts", "127.0.0.1 localhost\n"),
  fileEntry("empty", ""),
  fileEntry("b".repeat(255), randomBytes(700)),
  fileEntry(longName, "emoji of 255 bytes"),
  fileEntry(`${"deep/".repeat(60)}file`, "a path of over 255 bytes"),
  fileEntry("a=b\nc\\d\u0301 \u00e9", "odd but legal"),
  fileEntry("big", randomBytes(6_000_000), { mode: 0o4755 }),
  fileEntry("no rights", "x", { mode: 0 }),
  fileEntry("early", "x", { modifiedAt: new Date(-1500) }),
  fileEntry("late", "x", { modifiedAt: new Date("2150-06-01T00:00:00.250Z") }),
  linkEntry("etc/link", "../empty"),
  linkEntry("long link", `${"deep/".repeat(60)}file`),
];

describe("an archive", () => {
  test("holds what was captured, in order, and its index says so", async () => {
    const packed = await packToBuffer(entries);
    expect(packed.storedBytes).toBe(packed.stored.length);
    expect(packed.sha256).toBe(createHash("sha256").update(packed.stored).digest("hex"));
    const { files, proof } = await unpackAll(packed.stored, { limits: limitsFor(packed.storedBytes, packed.tarBytes) });
    expect(listOf(proof.index)).toEqual(listOf(packed.index));
    expect(proof).toMatchObject({
      manifest: MANIFEST,
      tarBytes: packed.tarBytes,
      storedBytes: packed.storedBytes,
      sha256: packed.sha256,
    });
    expect([...files.keys()]).toEqual(entries.map((entry) => entry.path));
    for (const entry of entries) {
      const wanted = entry.open === undefined ? Buffer.alloc(0) : await buffer(await entry.open());
      expect(files.get(entry.path)?.equals(wanted), entry.path).toBe(true);
    }
    expect(packed.index.totals).toMatchObject({ entries: entries.length, files: 10 });
    expect(listOf(packed.index).entries.map(({ path, type }) => ({ path, type }))).toEqual(
      entries.map(({ path, type }) => ({ path, type })),
    );
    expect(entries.map((_entry, position) => packed.index.sha256At(position))).toEqual(
      listOf(packed.index).entries.map((entry) => (entry.type === "file" ? entry.sha256 : null)),
    );
  });

  test("is a tar for tar-stream and for the system's tar", async () => {
    const tar = zstdDecompressSync((await packToBuffer(entries)).stored);
    const names: string[] = [];
    const reading = extract();
    reading.end(tar);
    for await (const entry of reading) {
      names.push(entry.header.name);
      entry.resume();
    }
    const wanted = ["manifest.json", ...entries.map((entry) => `entries/${entry.path}`), "index.json"];
    expect(names).toEqual(wanted);
    const path = join(folder, "x.tar");
    writeFileSync(path, tar);
    const listed = execFileSync("tar", ["--list", "--quoting-style=literal", "--file", path], {
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    expect(listed.toString().replaceAll("entries/etc/\n", "entries/etc\n")).toBe(wanted.map((name) => `${name}\n`).join(""));
  });

  test.each([
    ["proven now", false],
    ["proven before", true],
  ])("%s, can be walked again and again from its file, with times to the millisecond", async (_when, isProven) => {
    const packed = await packEncrypted(entries);
    const path = join(folder, "again.age");
    writeFileSync(path, packed.stored);
    const archive = await openArchive({
      path,
      fileKey: packed.fileKey,
      limits: limitsFor(packed.storedBytes, packed.tarBytes),
      expected: packed,
      isProven,
    });
    expect(archive.manifest).toEqual({
      systemKind: "folder",
      systemVersion: "7.2",
      productVersion: "0.1.0",
      createdAt: MANIFEST.createdAt,
      notInBackup: [],
    });
    for (let walk = 0; walk < 2; walk += 1) {
      const seen: unknown[] = [];
      for await (const { body, ...entry } of archive.entries()) {
        body.resume();
        seen.push(entry);
      }
      expect(seen).toEqual(
        entries.map(({ path: name, type, sizeBytes, mode, modifiedAt, linkTarget }) => ({
          path: name,
          type,
          sizeBytes,
          mode,
          modifiedAt,
          ...(linkTarget !== undefined && { linkTarget }),
        })),
      );
    }
  });

  test("that was proven before still fails when its file was damaged since, before the altered part is given out", async () => {
    const packed = await packEncrypted(entries);
    const path = join(folder, "damaged.age");
    const damaged = Buffer.from(packed.stored);
    damaged.writeUInt8(damaged.readUInt8(5_000_000) ^ 1, 5_000_000);
    writeFileSync(path, damaged);
    const options = { path, fileKey: packed.fileKey, limits: limitsFor(packed.storedBytes, packed.tarBytes) };
    await expect(openArchive({ ...options, expected: packed })).rejects.toMatchObject({ code: "payload" });
    const archive = await openArchive({ ...options, isProven: true });
    const seen: string[] = [];
    const walk = async () => {
      for await (const entry of archive.entries()) {
        await buffer(entry.body);
        seen.push(entry.path);
      }
    };
    await expect(walk()).rejects.toMatchObject({ code: "payload" });
    expect(entries[seen.length]?.path).toBe("big");
  });

  test("stops being read when that is cancelled", async () => {
    const packed = await packEncrypted(entries);
    const controller = new AbortController();
    const slow = Readable.from(slowly(packed.stored));
    const walk = readArchive(slow, { fileKey: packed.fileKey, limits: limitsFor(packed.storedBytes, null), signal: controller.signal });
    await walk.next();
    controller.abort();
    const rest = async () => {
      for await (const entry of walk) entry.body.resume();
    };
    await expect(rest()).rejects.toMatchObject({ name: "AbortError" });
    expect(slow.destroyed).toBe(true);
  });

  test("may be left while its source is stuck", async () => {
    const packed = await packEncrypted(entries);
    const stuck = Readable.from(slowly(packed.stored));
    const walk = readArchive(stuck, { fileKey: packed.fileKey, limits: limitsFor(packed.storedBytes, null) });
    for await (const entry of walk) {
      if (entry.path !== "big") continue;
      entry.body.resume();
      await new Promise((resolve) => setImmediate(resolve));
      break;
    }
    expect(stuck.destroyed).toBe(true);
  });

  test("may be left in the middle, and bodies may be left unread or half read", async () => {
    const packed = await packEncrypted(entries);
    const read = () =>
      readArchive(Readable.from([packed.stored]), { fileKey: packed.fileKey, limits: limitsFor(packed.storedBytes, null) });
    for await (const entry of read()) if (entry.path === "big") break;
    const walk = read();
    let taken = 0;
    for (let step = await walk.next(); step.done !== true; step = await walk.next()) {
      for await (const piece of step.value.body) {
        taken += (piece as Buffer).length;
        break;
      }
    }
    expect(taken).toBeGreaterThan(0);
  });
});

describe("packing fails", () => {
  const failing: [string, CaptureEntry, string][] = [
    ["an entry that grew", fileEntry("log", "123456", { sizeBytes: 5 }), "entry-changed"],
    ["an entry that shrank", fileEntry("log", "1234", { sizeBytes: 5 }), "entry-changed"],
    ["a path that leads out", fileEntry("../x", ""), "unsafe-entry"],
    ["a link that leads out", linkEntry("x", "../y"), "unsafe-entry"],
    ["half a character", fileEntry("\ud800", ""), "unsafe-entry"],
  ];
  test.each(failing)("for %s", async (_what, entry, code) => {
    await expect(packToBuffer([fileEntry("first", "x"), entry])).rejects.toMatchObject({ code });
  });

  test("with the source's own error, on both ends", async () => {
    const broken = fileEntry("x", "", { sizeBytes: 10, open: () => Promise.resolve(Readable.from(failingBody())) });
    const packing = packArchive({
      manifest: MANIFEST,
      entries: Readable.from([broken]),
      encryption: null,
      spool: spoolOf(10),
      signal: new AbortController().signal,
    });
    await expect(buffer(packing.stream)).rejects.toThrow("the cable was pulled");
    await expect(packing.finished).rejects.toThrow("the cable was pulled");
  });

  test("when it is cancelled, and closes what it was reading", async () => {
    const controller = new AbortController();
    const endless = Readable.from(endlessBody(), { objectMode: false });
    const entry = fileEntry("x", "", { sizeBytes: 1e12, open: () => Promise.resolve(endless) });
    const packing = packArchive({
      manifest: MANIFEST,
      entries: Readable.from([entry]),
      encryption: null,
      spool: spoolOf(10),
      signal: controller.signal,
    });
    packing.stream.once("data", () => controller.abort());
    await expect(buffer(packing.stream)).rejects.toMatchObject({ name: "AbortError" });
    await expect(packing.finished).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => (endless.closed ? resolve(null) : endless.once("close", resolve)));
  });

  test("when it is cancelled while a source is stuck", async () => {
    const controller = new AbortController();
    const stuck = fileEntry("x", "", { sizeBytes: 1e7, open: () => Promise.resolve(Readable.from(slowly(randomBytes(6_000_000)))) });
    const packing = packArchive({
      manifest: MANIFEST,
      entries: Readable.from([stuck]),
      encryption: null,
      spool: spoolOf(10),
      signal: controller.signal,
    });
    packing.stream.once("data", () => controller.abort());
    await expect(buffer(packing.stream)).rejects.toMatchObject({ name: "AbortError" });
    await expect(packing.finished).rejects.toMatchObject({ name: "AbortError" });
  });

  test("when the destination gives up", async () => {
    const entry = fileEntry("x", "", { sizeBytes: 1e12, open: () => Promise.resolve(Readable.from(endlessBody(), { objectMode: false })) });
    const packing = packArchive({
      manifest: MANIFEST,
      entries: Readable.from([entry]),
      encryption: null,
      spool: spoolOf(10),
      signal: new AbortController().signal,
    });
    packing.stream.once("data", () => packing.stream.destroy());
    await expect(packing.finished).rejects.toThrow();
  });
});

describe("an entry of unknown size", () => {
  test("is spooled, packed, and leaves nothing in the work folder", async () => {
    const content = randomBytes(200_000);
    const packed = await packToBuffer([fileEntry("a", content, { sizeBytes: null }), fileEntry("b", "", { sizeBytes: null })], {
      spool: spoolOf(200_000),
    });
    const { files } = await unpackAll(packed.stored);
    expect(files.get("a")?.equals(content)).toBe(true);
    expect(files.get("b")).toHaveLength(0);
    expect(readdirSync(join(folder, "spool"))).toEqual([]);
  });

  test("is refused beyond the quota, which is free again afterwards", async () => {
    const spool = spoolOf(1000);
    await expect(packToBuffer([fileEntry("big.db", Buffer.alloc(1001), { sizeBytes: null })], { spool })).rejects.toMatchObject({
      code: "spool-full",
    });
    await packToBuffer([fileEntry("a", Buffer.alloc(1000), { sizeBytes: null }), fileEntry("b", Buffer.alloc(1000), { sizeBytes: null })], {
      spool,
    });
  });

  test.each([
    ["without its plaintext", undefined, false],
    ["as it is, when it is encrypted already", { isEncrypted: true }, true],
  ])("is on the disk without a name and %s", async (_how, options, isAsItWas) => {
    const held = await spoolOf(1e6).hold(Readable.from([Buffer.from("my secret configuration")]), "x", options);
    expect(readdirSync(join(folder, "spool"))).toEqual([]);
    const open = readdirSync("/proc/self/fd").map((fd) => `/proc/self/fd/${fd}`);
    const own = open.filter((path) => linkOf(path).includes("spool-"));
    expect(own).toHaveLength(1);
    expect(readFileSync(own[0] ?? "").includes("my secret configuration")).toBe(isAsItWas);
    expect((await buffer(held.read())).toString()).toBe("my secret configuration");
    await held.release();
  });
});

describe("the read-back", () => {
  test("proves entries, header, hash and the connector's check", async () => {
    const packed = await packEncrypted(entries);
    const seen: string[] = [];
    const check = {
      entry: async (path: string, body: Readable) => {
        await buffer(body);
        seen.push(path);
      },
      finish: () => Promise.resolve(),
    };
    await proveArchive(Readable.from([packed.stored]), { ...proofOf(packed), check, expected: packed });
    expect(seen).toEqual(entries.map((entry) => entry.path));
    expect(fileKeyFromHeader(packed.header, key.identity).equals(packed.fileKey)).toBe(true);
  });

  test("fails for other recipients, another hash, another size, or a check that objects", async () => {
    const packed = await packEncrypted(entries);
    const options = proofOf(packed);
    const prove = (more: object) => proveArchive(Readable.from([packed.stored]), { ...options, ...more });
    const stranger = { recipients: [generateIdentity().recipient], ephemerals: packed.ephemerals };
    await expect(prove({ wrappedFor: stranger })).rejects.toMatchObject({ code: "header-mismatch" });
    await expect(prove({ expected: { sha256: "0".repeat(64), storedBytes: packed.storedBytes } })).rejects.toMatchObject({
      code: "not-the-recorded-archive",
    });
    await expect(prove({ limits: limitsFor(packed.storedBytes, packed.tarBytes + 1) })).rejects.toMatchObject({
      code: "not-the-recorded-archive",
    });
    const check = { entry: () => Promise.reject(new Error("not restorable")), finish: () => Promise.resolve() };
    await expect(prove({ check })).rejects.toThrow("not restorable");
  });

  test("fails when the archive was stored without its encryption", async () => {
    const plain = await packToBuffer(entries);
    const wrappedFor = { recipients: [key.recipient], ephemerals: [randomBytes(32)] };
    await expect(
      proveArchive(Readable.from([plain.stored]), { fileKey: null, wrappedFor, limits: limitsFor(plain.storedBytes, plain.tarBytes) }),
    ).rejects.toMatchObject({ code: "not-the-recorded-archive" });
    await expect(
      proveArchive(Readable.from([plain.stored]), { fileKey: createFileKey(), limits: limitsFor(plain.storedBytes, plain.tarBytes) }),
    ).rejects.toMatchObject({ code: "header" });
  });
});

function proofOf(packed: Awaited<ReturnType<typeof packEncrypted>>) {
  const wrappedFor = { recipients: [key.recipient], ephemerals: packed.ephemerals };
  return { fileKey: packed.fileKey, wrappedFor, limits: limitsFor(packed.storedBytes, packed.tarBytes) };
}

async function packEncrypted(captured: CaptureEntry[]) {
  const fileKey = createFileKey();
  const { header, ephemerals } = encryptHeader({ fileKey, recipients: [key.recipient] });
  return { ...(await packToBuffer(captured, { encryption: { fileKey, header } })), fileKey, header, ephemerals };
}

function spoolOf(quotaBytes: number) {
  return createSpool({ folder: join(folder, "spool"), quotaBytes });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // The descriptor of the listing itself is closed by now.
  }
}

/** Most of an archive, and then nothing more for ever. */
/** A few of the archive's frames, and then nothing, not even an end. */
async function* slowly(stored: Buffer): AsyncGenerator<Buffer> {
  yield stored.subarray(0, 5_000_000);
  await new Promise(() => undefined);
}

async function* failingBody(): AsyncGenerator<Buffer> {
  yield Buffer.from("12345");
  await Promise.reject(new Error("the cable was pulled"));
}

async function* endlessBody(): AsyncGenerator<Buffer> {
  for (;;) yield await Promise.resolve(randomBytes(65_536));
}
