import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import type { Context } from "#lib/auth/context.ts";
import { openDownload } from "#lib/backups/downloads/open-download.ts";
import { type BackedUpTenant, createPlace, fillTenant, type Place } from "#e2e/servers/two-installations.ts";
import { unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { startSystemExport } from "#lib/exports/start-system-export.ts";
import { newId } from "#lib/ids.ts";
import { localRootsOf } from "#lib/installation.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const MIB = 1024 * 1024;
const LARGE_BYTES = 64 * MIB;

let sshd: Sshd;
let place: Place;
let made: BackedUpTenant;
let root: string;
let unpacked: string;

beforeAll(async () => {
  sshd = await startSshd();
  place = await createPlace("a".repeat(32));
  await withTenant(place.tenant.id, async (db) => {
    await db.destination.createMany({ data: [{ id: newId("destination"), name: "Second", kind: "local", config: { path: "second" } }] });
    await db.policyDestination.deleteMany();
  });
  made = await fillTenant(place, sshd, PASSPHRASE);
  root = localRootsOf(place.tenant.id)[0] ?? "";
}, 120_000);
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await place.installation.remove();
});
beforeEach(() => {
  unpacked = mkdtempSync(join(tmpdir(), "holdfast-test-export-"));
  return () => rmSync(unpacked, { recursive: true });
});

const start = (context: Context, more: object = {}) =>
  startSystemExport.execute(context, { id: made.systemId, password: TEST_PASSWORD, ...more });
const open = (context: Context, url: string) =>
  openDownload({ context, token: url.split("/").at(-1) ?? "", signal: new AbortController().signal });

/** Unpacks with GNU tar and checks with coreutils; answers the names. */
async function unpack(): Promise<string[]> {
  const { stream, sizeBytes, fileName } = await open(place.tenant.owner, (await start(place.tenant.owner)).url);
  expect(sizeBytes).toBeNull();
  expect(fileName).toMatch(/^router-cellar-\d{4}-\d\d-\d\d-backups\.tar$/);
  await writeFile(join(unpacked, "export.tar"), stream);
  execFileSync("tar", ["xf", "export.tar"], { cwd: unpacked });
  execFileSync("sh", ["-c", "sha256sum --check --strict --quiet SHA256SUMS"], { cwd: unpacked });
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1)).filter((name) => name !== "export.tar");
  const listed = readFileSync(join(unpacked, "SHA256SUMS"), "utf8").trim().split("\n");
  expect(listed.map((line) => line.slice(66)).toSorted()).toEqual(names.filter((name) => name !== "SHA256SUMS").toSorted());
  return names.toSorted();
}

const archivePath = (folder: string, backupId: string) => {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return join(folder, names.find((path) => path.startsWith(place.tenant.id) && path.endsWith(`${backupId}.tar.zst.age`)) ?? "none");
};
const copiesOf = (backupId: string) => [root, join(root, "second")].map((folder) => archivePath(folder, backupId));

test("all archives of a system with their descriptions and key files come in one tar, which opens without Holdfast", async () => {
  const names = await unpack();
  const ids = made.folderBackups;
  expect(names.filter((name) => name.endsWith(".tar.zst.age")).map((name) => name.slice(-38, -12))).toEqual(
    ids.map((id) => id.slice(-26)).toSorted(),
  );
  expect(names.filter((name) => name.endsWith(".json"))).toHaveLength(3);
  expect(names).toEqual(expect.arrayContaining(["README.txt", "SHA256SUMS"]));
  expect(names).not.toContain("MISSING.txt");
  // The layout is a destination's, byte for byte.
  for (const name of names.filter((each) => each.startsWith(place.tenant.id))) {
    expect(readFileSync(join(unpacked, name)).equals(readFileSync(join(root, name)))).toBe(true);
  }
  const keyFile = names.find((name) => name.includes("/keys/")) ?? "";
  const archive = names.find((name) => name.endsWith(`${ids[1] ?? ""}.tar.zst.age`)) ?? "";
  // age asks for the passphrase at a terminal, so the identity is taken out of the exported file first.
  writeFileSync(join(unpacked, "identity"), await unprotectIdentity(readFileSync(join(unpacked, keyFile)), PASSPHRASE));
  mkdirSync(join(unpacked, "out"));
  execFileSync("sh", ["-c", `age -d -i identity '${archive}' | zstd -d | tar x -C out`], { cwd: unpacked });
  expect(readFileSync(join(unpacked, "out/entries/etc/app.conf"), "utf8")).toBe("port = 2\n");
});

test("a link needs the right and the login password, works once and in its session only, and is in the audit log", async () => {
  await expect(start(await place.tenant.addMember("operator"))).rejects.toMatchObject({ code: "forbidden" });
  await expect(start(place.tenant.owner, { password: "not it" })).rejects.toMatchObject({ code: "wrong-password" });
  await expect(start(place.tenant.owner, { id: newId("system") })).rejects.toMatchObject({ code: "not-found" });
  const restorer = await place.tenant.addMember("restorer");
  await expect(start(restorer, { id: made.configurationId })).rejects.toMatchObject({ code: "forbidden" });
  const { url, id } = await start(restorer);
  await expect(open(place.tenant.owner, url)).rejects.toMatchObject({ code: "link-spent" });
  (await open(restorer, url)).stream.destroy();
  await expect(open(restorer, url)).rejects.toMatchObject({ code: "link-spent" });
  const [event] = await withTenant(place.tenant.id, (db) =>
    db.auditEvent.findMany({ where: { action: "backup.exported" }, orderBy: { sequence: "desc" } }),
  );
  expect(event).toMatchObject({ subjectKind: "system", subjectId: made.systemId, detail: { downloadId: id } });
});

test("a description that was changed or taken away where it lies is exported as it was recorded, and named", async () => {
  const [first = "", second = ""] = made.folderBackups;
  const descriptionsOf = (id: string) => copiesOf(id).map((file) => file.replace(/\.tar\.zst\.age$/, ".json"));
  const kept = [first, second].flatMap(descriptionsOf).map((file) => [file, readFileSync(file)] as const);
  const recorded = readFileSync(descriptionsOf(first)[0] ?? "", "utf8");
  for (const file of descriptionsOf(first)) writeFileSync(file, recorded.replace("Router / cellar", "Router / attic"));
  for (const file of descriptionsOf(second)) rmSync(file);
  try {
    const names = await unpack();
    const exported = (id: string) => readFileSync(join(unpacked, names.find((name) => name.endsWith(`${id}.json`)) ?? ""), "utf8");
    expect(exported(first)).toBe(recorded);
    expect(JSON.parse(exported(second))).toMatchObject({ backupId: second });
    const notes = readFileSync(join(unpacked, "MISSING.txt"), "utf8");
    expect(notes).toContain(`${first}: in the destination it was changed`);
    expect(notes).toContain(`${second}: in the destination it is gone`);
    expect(notes).not.toContain("are not in here");
  } finally {
    for (const [file, content] of kept) writeFileSync(file, content);
  }
});

test("where one copy is gone the next is taken, and what has none is named", async () => {
  const [first = "", second = ""] = made.folderBackups;
  const [one = "", two = ""] = copiesOf(first);
  const [three = ""] = copiesOf(second);
  const kept = [one, two, three].map((file) => [file, readFileSync(file)] as const);
  rmSync(one);
  writeFileSync(two, "short");
  rmSync(three);
  try {
    const names = await unpack();
    expect(names.some((name) => name.includes(second))).toBe(true);
    expect(names.some((name) => name.includes(first))).toBe(false);
    const missing = readFileSync(join(unpacked, "MISSING.txt"), "utf8");
    expect(missing).toContain(first);
    expect(missing).toContain("no longer there");
    expect(missing).toContain("damaged or was swapped");
    expect(missing).not.toContain(second);
  } finally {
    for (const [file, content] of kept) writeFileSync(file, content);
    await withTenant(place.tenant.id, (db) => db.backupCopy.updateMany({ data: { status: "stored", failure: null, nextAttemptAt: null } }));
  }
});

test("what nobody vouches for is named and left out", async () => {
  const [first = ""] = made.folderBackups;
  const mark = (authenticity: string) =>
    withTenant(place.tenant.id, (db) => db.backup.updateMany({ where: { id: first }, data: { authenticity } }));
  await mark("foreign");
  const names = await unpack();
  await mark("own");
  expect(names.some((name) => name.includes(first))).toBe(false);
  expect(readFileSync(join(unpacked, "MISSING.txt"), "utf8")).toContain(`${first}: it was found`);
});

test("an archive that was changed where it lies ends the export with an error: the tar is never silently short", async () => {
  const [, second = ""] = made.folderBackups;
  const files = copiesOf(second);
  const whole = files.map((file) => readFileSync(file));
  for (const [index, file] of files.entries()) {
    const changed = Buffer.from(whole[index] ?? "");
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    writeFileSync(file, changed);
  }
  const { stream } = await open(place.tenant.owner, (await start(place.tenant.owner)).url);
  const pieces: Buffer[] = [];
  const reading = (async () => {
    for await (const piece of stream) pieces.push(piece as Buffer);
  })();
  await expect(reading).rejects.toMatchObject({ code: "not-the-recorded-archive" });
  writeFileSync(join(unpacked, "export.tar"), Buffer.concat(pieces));
  expect(() => execFileSync("tar", ["tf", "export.tar"], { cwd: unpacked, stdio: "pipe" })).toThrow("Unexpected EOF");
  for (const [index, file] of files.entries()) writeFileSync(file, whole[index] ?? "");
});

test("an export reads no further ahead of who takes it than some pieces, however large an archive is", async () => {
  writeFileSync(join(sshd.root, "etc/large.bin"), randomBytes(LARGE_BYTES));
  await takeSafetyBackup({ tenantId: place.tenant.id, systemId: made.systemId, requestedBy: "the test", worker: place.worker });
  const { url } = await start(place.tenant.owner);
  const readBefore = bytesReadByUs();
  const { stream } = await open(place.tenant.owner, url);
  let takenBytes = 0;
  let readBytes = 0;
  for await (const piece of stream) {
    const isWithin = takenBytes < MIB;
    takenBytes += (piece as Buffer).length;
    if (!isWithin || takenBytes < MIB) continue;
    // The large one comes last, after some kilobytes, and is begun now. Whoever would read on without being asked has the time for it.
    await delay(500);
    readBytes = bytesReadByUs() - readBefore;
  }
  expect(takenBytes).toBeGreaterThan(LARGE_BYTES);
  expect(readBytes).toBeLessThan(LARGE_BYTES / 4);
  expect(bytesReadByUs() - readBefore).toBeGreaterThan(LARGE_BYTES);
});

/** From files and sockets, as the kernel counts. */
function bytesReadByUs(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}
