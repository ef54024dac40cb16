import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { rebuildCatalogue, type RebuildOptions } from "#lib/catalogue/rebuild-catalogue.ts";
import { type BackedUpTenant, bringFolder, createPlace, fillTenant, type Place } from "#e2e/servers/two-installations.ts";
import { signingPublicKeyOf } from "#lib/crypto/signature.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { copiesElsewhere } from "#lib/destinations/copies-in.ts";
import { localRootsOf } from "#lib/installation.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";

let sshd: Sshd;
let old: Place;
let made: BackedUpTenant;
let oldFolder: string;
let signingKey: string;
let fresh: Place;
let found: { id: string; path: string };
let here: Place;
let brought = 0;

beforeAll(async () => {
  sshd = await startSshd();
  old = await createPlace("a".repeat(32));
  made = await fillTenant(old, sshd, PASSPHRASE);
  oldFolder = localRootsOf(old.tenant.id)[0] ?? "";
  signingKey = (await withTenant(old.tenant.id, (db) => db.tenant.findFirstOrThrow())).signingPublicKey ?? "";
  fresh = await createPlace("b".repeat(32));
}, 120_000);
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await fresh.installation.remove();
  await old.installation.remove();
});

/** Each test has an empty catalogue, and a disk of its own with what the old installation wrote. */
beforeEach(async () => {
  here = fresh;
  await here.enter();
  await here.forget();
  found = await bringFolder(here, oldFolder, `brought-${(brought += 1)}`);
});

const rebuild = (more: Partial<RebuildOptions> = {}) =>
  rebuildCatalogue({
    tenantId: here.tenant.id,
    destinationId: found.id,
    folder: old.tenant.id,
    trust: null,
    isDryRun: false,
    takeOver: false,
    signal: new AbortController().signal,
    ...more,
  });
const rows = () =>
  withTenant(here.tenant.id, async (db) => ({
    backups: await db.backup.findMany({ orderBy: { createdAt: "asc" }, include: { copies: true } }),
    systems: await db.system.findMany({ where: { id: { in: [made.systemId, made.configurationId] } } }),
    keys: await db.key.findMany({ where: { origin: "rebuilt" }, include: { copies: true } }),
  }));
const auditActions = () =>
  withTenant(here.tenant.id, async (db) => {
    const events = await db.auditEvent.findMany({ select: { action: true }, orderBy: { sequence: "asc" } });
    return events.map(({ action }) => action);
  });
const archiveOf = (backupId: string, extension = ".tar.zst.age") => {
  const name = readdirSync(found.path, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(backupId + extension));
  return join(found.path, name ?? "none");
};
const [first, second, third] = [0, 1, 2].map((index) => () => made.folderBackups[index] ?? "") as [
  () => string,
  () => string,
  () => string,
];

test("an empty catalogue has everything again, as worthy of belief as it is", async () => {
  const report = await rebuild();
  expect(report).toMatchObject({
    found: 4,
    skipped: 0,
    gaps: [],
    added: { backups: 4, copies: 4, systems: 2, keys: 1, keyCopies: 1 },
    authenticity: { own: 0, signed: 0, foreign: 4 },
    foreignSigners: new Map([[signingKey, 4]]),
  });
  const { backups, systems, keys } = await rows();
  expect(backups.map(({ id }) => id)).toEqual([...made.folderBackups, made.configurationBackup]);
  await old.enter();
  const before = await withTenant(old.tenant.id, (db) => db.backup.findMany({ orderBy: { createdAt: "asc" } }));
  for (const [index, backup] of backups.entries()) {
    const { sha256, sizeBytes, plaintextBytes, entryCount, ageHeader, number, createdAt, systemName, description } = before[index] ?? {};
    expect(backup).toMatchObject({ sha256, sizeBytes, plaintextBytes, entryCount, ageHeader, number, createdAt, systemName, description });
    expect(backup).toMatchObject({ origin: "rebuild", runId: null, proven: "stored", retentionHeld: true, sourceTenantId: old.tenant.id });
    expect(backup.copies).toMatchObject([
      { destinationId: found.id, status: "stored", objectKey: expect.stringContaining(backup.id) as unknown },
    ]);
  }
  expect(systems).toMatchObject(
    [
      { id: made.configurationId, kind: "tenant-configuration", deletedAt: expect.any(Date) as unknown },
      { id: made.systemId, name: "Router / cellar", kind: "folder", config: {}, deletedAt: null },
    ].toSorted((a, b) => systems.findIndex(({ id }) => id === a.id) - systems.findIndex(({ id }) => id === b.id)),
  );
  expect(keys).toMatchObject([{ mode: "passphrase", recipient: null, signingPublicKey: null, retiredAt: expect.any(Date) as unknown }]);
  expect(keys[0]?.protectedIdentity).toContain("BEGIN AGE ENCRYPTED FILE");
});

test("a second run, and two at the same time, add nothing twice; one that was cut short is completed by the next", async () => {
  const stop = new AbortController();
  const cut = rebuild({ batchSize: 1, signal: stop.signal, onProgress: ({ added }) => added.backups === 2 && stop.abort() });
  await expect(cut).rejects.toThrow();
  expect((await rows()).backups).toHaveLength(2);
  const both = await Promise.all([rebuild({ batchSize: 1 }), rebuild({ batchSize: 2 })]);
  expect(both.map(({ added }) => added.backups).reduce((sum, count) => sum + count)).toBe(2);
  const before = await rows();
  expect(before.backups).toHaveLength(4);
  expect((await rebuild()).added).toEqual({ backups: 0, copies: 0, systems: 0, keys: 0, keyCopies: 0 });
  expect(await rows()).toEqual(before);
});

test("a dry run tells the same and keeps nothing, not even in the audit log", async () => {
  const before = await auditActions();
  const dry = await rebuild({ isDryRun: true, batchSize: 1 });
  expect(await rows()).toMatchObject({ backups: [], systems: [], keys: [] });
  expect(await auditActions()).toEqual(before);
  const { found: count, added, authenticity, foreignSigners } = await rebuild();
  expect(dry).toMatchObject({ found: count, added, authenticity, foreignSigners });
  expect(await auditActions()).toEqual([...before, "catalogue.rebuildStarted", "catalogue.rebuilt"]);
});

test("what the operator vouches for is believed, also when it was found before", async () => {
  await rebuild();
  expect(await rebuild({ trust: signingPublicKeyOf(Buffer.alloc(32, 1)) })).toMatchObject({ believed: 0 });
  expect(await rebuild({ trust: signingKey })).toMatchObject({ believed: 4 });
  expect((await rows()).backups.map(({ authenticity }) => authenticity)).toEqual(Array(4).fill("signed"));
});

describe("what does not fit is told and left out:", () => {
  test.each<[string, RegExp, () => void]>([
    ["an archive without description", /has no description/, () => rmSync(archiveOf(second(), ".json"))],
    ["a description without archive", /is not there/, () => rmSync(archiveOf(second()))],
    ["a damaged description", /is damaged/, () => writeFileSync(archiveOf(second(), ".json"), '{"formatVersion": 1')],
    ["an empty description", /has 0 bytes/, () => writeFileSync(archiveOf(second(), ".json"), "")],
    [
      "a description of megabytes",
      /bytes, and one has at most/,
      () => writeFileSync(archiveOf(second(), ".json"), Buffer.alloc(2_000_000, " ")),
    ],
    ["another backup's description", /it says backup/, () => copyFileSync(archiveOf(third(), ".json"), archiveOf(second(), ".json"))],
    [
      "a description of another tenant",
      /it says tenant/,
      () => edit(second(), (text) => text.replaceAll(old.tenant.id, `ten_${"0".repeat(26)}`)),
    ],
    ["a newer format", /newer Holdfast/, () => edit(second(), (text) => text.replace('"formatVersion": 1', '"formatVersion": 9'))],
    ["a name that breaks lists", /system\.name/, () => edit(second(), (text) => text.replace("Router / cellar", "Router\\ncellar"))],
    ["a number that no counter reaches", /number/, () => edit(second(), (text) => text.replace('"number": 2', '"number": 99999999999'))],
    ["a description in another month's folder", /it says month/, () => moveToMonth(second(), "01")],
  ])("%s", async (_what, reason, harm) => {
    harm();
    const report = await rebuild();
    expect(report.skips.map(({ reason: told }) => told).join("; ")).toMatch(reason);
    expect(report.added.backups).toBe(3);
    expect((await rows()).backups.map(({ id }) => id)).not.toContain(second());
  });

  test("files of nobody's, and key files that are none", async () => {
    writeFileSync(join(found.path, old.tenant.id, "notes.txt"), "mine");
    const [keyName] = readdirSync(join(found.path, old.tenant.id, "keys"));
    const keyFile = join(found.path, old.tenant.id, "keys", keyName ?? "");
    writeFileSync(keyFile.replace(/\.1\.age$/, ".2.age"), "not age");
    const report = await rebuild();
    expect(report).toMatchObject({ skipped: 2, added: { backups: 4, keyCopies: 1 } });
    expect((await rows()).keys[0]?.protectedIdentity).toBe(readFileSync(keyFile, "utf8"));
  });

  test("every backup of a key whose file is gone, until it is back", async () => {
    const keys = join(found.path, old.tenant.id, "keys");
    renameSync(keys, `${found.path}/elsewhere`);
    const report = await rebuild();
    expect(report).toMatchObject({ skipped: 4, added: { backups: 0 } });
    expect(report.skips[0]?.reason).toContain("put it back");
    renameSync(`${found.path}/elsewhere`, keys);
    expect(await rebuild()).toMatchObject({ skipped: 0, added: { backups: 4 } });
  });

  test("the newest version of a key file counts", async () => {
    const [keyName] = readdirSync(join(found.path, old.tenant.id, "keys"));
    const keyFile = join(found.path, old.tenant.id, "keys", keyName ?? "");
    copyFileSync(keyFile, keyFile.replace(/\.1\.age$/, ".12.age"));
    copyFileSync(keyFile, keyFile.replace(/\.1\.age$/, ".9.age"));
    await rebuild();
    const { keys } = await rows();
    expect(keys[0]).toMatchObject({ protectionVersion: 12 });
    expect(keys[0]?.copies.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 9, 12]);
  });
});

test("an archive of another length than described is there, but nothing to restore from", async () => {
  writeFileSync(archiveOf(second()), Buffer.concat([readFileSync(archiveOf(second())), Buffer.from("x")]));
  await rebuild();
  const backup = (await rows()).backups.find(({ id }) => id === second());
  expect(backup).toMatchObject({ ageHeader: null, copies: [{ status: "damaged" }] });
});

test("numbers that are missing between others are told", async () => {
  for (const extension of [".json", ".tar.zst.age"]) rmSync(archiveOf(second(), extension));
  expect((await rebuild()).gaps).toEqual([{ from: 2, to: 2, systemId: made.systemId, systemName: "Router / cellar" }]);
});

describe("into a catalogue that has some of it", () => {
  beforeEach(async () => {
    here = old;
    await here.enter();
    // The old installation itself, with a second disk, which lies beside what is on the first.
    found = await bringFolder(here, join(oldFolder, old.tenant.id), `second-${brought}/${old.tenant.id}`);
    await withTenant(old.tenant.id, (db) =>
      db.destination.updateMany({ where: { id: found.id }, data: { config: { path: `second-${brought}` } } }),
    );
  });

  test("only the copies are added, signed by ourselves", async () => {
    const before = await rows();
    expect(await rebuild()).toMatchObject({ found: 4, skipped: 0, added: { backups: 0, copies: 4, systems: 0, keys: 0 } });
    const after = await rows();
    const withoutCopies = ({ backups }: typeof after) => backups.map(({ copies: _, ...backup }) => backup);
    expect(withoutCopies(after)).toEqual(withoutCopies(before));
    expect(after.backups.map(({ copies }) => copies.length)).toEqual(before.backups.map(({ copies }) => copies.length + 1));
  });

  test("one whose description nobody may have written is told and left alone, though it names the right checksum", async () => {
    edit(first(), (text) => JSON.stringify({ ...(JSON.parse(text) as object), signature: undefined }));
    writeFileSync(archiveOf(first()), Buffer.alloc(readFileSync(archiveOf(first())).length, 1));
    const report = await rebuild();
    expect(report).toMatchObject({ added: { copies: 3 }, skipped: 1 });
    expect(report.skips[0]?.reason).toMatch(/may have been swapped/);
    expect(
      (await rows()).backups.find(({ id }) => id === first())?.copies.filter(({ destinationId }) => destinationId === found.id),
    ).toEqual([]);
  });

  test("no other copy is given up for one that was found, until somebody has read it", async () => {
    await rebuild();
    await withTenant(old.tenant.id, async (db) => {
      const { id: destinationId } = await db.destination.findFirstOrThrow({ orderBy: { createdAt: "asc" } });
      await db.backup.updateMany({ where: { id: first() }, data: { pinned: false, pinnedUntil: null } });
      const others = { destinationId: { notIn: [destinationId, found.id] } };
      await db.backupCopy.updateMany({ where: others, data: { status: "missing" } });
      expect(await copiesElsewhere(db, destinationId)).toEqual([]);
      const copy = { backupId: first(), destinationId: found.id };
      await db.backupCopy.updateMany({ where: copy, data: { verifiedAt: new Date() } });
      expect(await copiesElsewhere(db, destinationId)).toEqual([first()]);
      await db.backupCopy.updateMany({ where: others, data: { status: "stored" } });
    });
  });

  test("one that differs is told and not touched, and a deleted one does not come back", async () => {
    await withTenant(old.tenant.id, async (db) => {
      await db.backup.updateMany({ where: { id: first() }, data: { sha256: "0".repeat(64) } });
      await db.backup.updateMany({ where: { id: third() }, data: { status: "deleted" } });
    });
    const before = await rows();
    const report = await rebuild();
    expect(report.skips.map(({ reason }) => reason).toSorted()).toEqual([
      "is not the archive that the catalogue has under this name: it is left alone",
      "was deleted in this catalogue, and still lies there",
    ]);
    expect((await rows()).backups.filter(({ id }) => [first(), third()].includes(id))).toEqual(
      before.backups.filter(({ id }) => [first(), third()].includes(id)),
    );
    const sha256 = (JSON.parse(readFileSync(archiveOf(first(), ".json"), "utf8")) as { archive: { sha256: string } }).archive.sha256;
    await withTenant(old.tenant.id, async (db) => {
      await db.backup.updateMany({ where: { id: first() }, data: { sha256 } });
      await db.backup.updateMany({ where: { id: third() }, data: { status: "completed" } });
    });
  });
});

function edit(backupId: string, change: (text: string) => string): void {
  const file = archiveOf(backupId, ".json");
  const text = readFileSync(file, "utf8");
  expect(change(text)).not.toBe(text);
  writeFileSync(file, change(text));
}

function moveToMonth(backupId: string, month: string): void {
  for (const extension of [".json", ".tar.zst.age"]) {
    const file = archiveOf(backupId, extension);
    const target = join(dirname(file), "..", month);
    mkdirSync(target, { recursive: true });
    renameSync(file, join(target, backupId + extension));
  }
}
