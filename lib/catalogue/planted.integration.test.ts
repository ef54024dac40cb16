import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { type BackedUpTenant, bringFolder, createPlace, fillTenant, type Place } from "#e2e/servers/two-installations.ts";
import type { Description } from "#lib/archive/manifest.ts";
import { rebuildCatalogue } from "#lib/catalogue/rebuild-catalogue.ts";
import { ageEncrypt } from "#lib/crypto/age.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { protectIdentity } from "#lib/crypto/passphrase.ts";
import { generateSigningKey, signMessage } from "#lib/crypto/signature.ts";
import { hashOf } from "#lib/db/audit.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { localRootsOf } from "#lib/installation.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";

// What somebody who can write to a destination may plant there before a rebuild.

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const THIEFS_PASSPHRASE = "the thief's own passphrase";

let sshd: Sshd;
let old: Place;
let made: BackedUpTenant;
let oldFolder: string;
let signingKey: string;
let recipient: string;
let fresh: Place;
let found: { id: string; path: string };
let brought = 0;
const thief = generateSigningKey();

beforeAll(async () => {
  sshd = await startSshd();
  old = await createPlace("a".repeat(32));
  made = await fillTenant(old, sshd, PASSPHRASE);
  oldFolder = localRootsOf(old.tenant.id)[0] ?? "";
  await withTenant(old.tenant.id, async (db) => {
    signingKey = (await db.tenant.findFirstOrThrow()).signingPublicKey ?? "";
    recipient = (await db.key.findFirstOrThrow({ where: { mode: "passphrase" } })).recipient ?? "";
  });
  fresh = await createPlace("b".repeat(32));
}, 120_000);
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await fresh.installation.remove();
  await old.installation.remove();
});
beforeEach(async () => {
  await fresh.enter();
  await fresh.forget();
  found = await bringFolder(fresh, oldFolder, `planted-${(brought += 1)}`);
});

const rebuild = (trust: string | null = null) =>
  rebuildCatalogue({
    ...{ tenantId: fresh.tenant.id, destinationId: found.id, folder: old.tenant.id, trust },
    ...{ isDryRun: false, takeOver: false, signal: new AbortController().signal },
  });
const first = () => made.folderBackups[0] ?? "";
const fileOf = (backupId: string, extension = ".tar.zst.age") => {
  const name = readdirSync(oldFolder, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(backupId + extension));
  return join(oldFolder, name ?? "none");
};
const real = () => JSON.parse(readFileSync(fileOf(first(), ".json"), "utf8")) as Description & { signature: unknown };
const bytes = () => readFileSync(fileOf(first()));
const bak = (number: number) => `bak_${String(number).padStart(26, "0")}`;
const ask = (backupId: string) =>
  planRestore.execute(fresh.tenant.owner, { backupId, targetSystemId: made.systemId, passphrase: PASSPHRASE });
const backups = () => withTenant(fresh.tenant.id, (db) => db.backup.findMany({ where: { origin: "rebuild" } }));
const keysFolder = () => join(found.path, old.tenant.id, "keys");

/** Puts an archive and its description where the description says. Signed by the thief, unless with another public key. */
function plant(change: Partial<Description>, archive: Buffer = bytes(), publicKey = thief.publicKey): void {
  const { signature: _, ...description } = { ...real(), ...change };
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const name = `${description.backupId}.tar.zst.age`;
  const signed = { ...description, archive: { ...description.archive, name, sha256, sizeBytes: archive.length } };
  const value = signMessage(thief.seed, Buffer.from(hashOf(signed)));
  const month = new Date(description.createdAt).toISOString().slice(0, 7).replace("-", "/");
  const base = join(found.path, old.tenant.id, description.system.id, month, description.backupId);
  mkdirSync(dirname(base), { recursive: true });
  writeFileSync(`${base}.tar.zst.age`, archive);
  writeFileSync(`${base}.json`, JSON.stringify({ ...signed, signature: { algorithm: "ed25519", publicKey, value } }));
}

const EARLIER = "2001-01-05T00:00:00.000Z";

test.each([
  ["of the same bytes", () => plant({ createdAt: EARLIER })],
  ["of other bytes", () => plant({ createdAt: EARLIER }, Buffer.concat([bytes(), Buffer.from("x")]))],
])("a backup of the same name %s keeps the real one out no longer than until its signer is believed", async (_what, harm) => {
  harm();
  await rebuild();
  await rebuild(signingKey);
  const row = (await backups()).find(({ id }) => id === first());
  expect(row).toMatchObject({ authenticity: "signed", sha256: real().archive.sha256, createdAt: new Date(real().createdAt) });
  await ask(first());
});

test("a key of another fingerprint, and a system of another kind, give way to what is signed", async () => {
  const key = real().key ?? { id: "", mode: "passphrase" as const, fingerprint: "" };
  plant({
    backupId: bak(1),
    createdAt: EARLIER,
    key: { ...key, fingerprint: "0".repeat(16) },
    system: { ...real().system, kind: "router-os" },
  });
  await rebuild();
  const { authenticity } = await rebuild(signingKey);
  expect((await backups()).filter((row) => row.authenticity === "signed")).toHaveLength(4);
  expect(authenticity.own).toBe(0);
  await ask(first());
});

test("a key file of the thief's opens with the thief's passphrase, and makes nobody believe the thief about another key", async () => {
  const own = generateIdentity();
  const keyId = `key_${"9".repeat(26)}`;
  const file = await protectIdentity(own.identity, own.recipient, THIEFS_PASSPHRASE, { signingKey: thief.publicKey, workFactor: 10 });
  writeFileSync(join(keysFolder(), `${keyId}.1.age`), file);
  const key = { id: keyId, mode: "passphrase" as const, fingerprint: fingerprintOf(own.recipient) };
  plant({ backupId: bak(4), number: 50, key }, await ageEncrypt(Buffer.from("a lure"), [own.recipient]));
  plant({ backupId: bak(5), number: 51 }, await ageEncrypt(Buffer.from("anything"), [recipient]));
  await rebuild();
  await verifyBackup.execute(fresh.tenant.owner, { id: bak(4), passphrase: THIEFS_PASSPHRASE });
  expect((await backups()).find(({ id }) => id === bak(5))).toMatchObject({ authenticity: "foreign" });
  await expect(ask(bak(5))).rejects.toMatchObject({ code: "foreign-backup" });
});

test("a key that the thief planted under the real one's name and opened gives way to the operator's word, and what it vouched for is disbelieved", async () => {
  const own = generateIdentity();
  const { id: keyId = "" } = real().key ?? {};
  const file = await protectIdentity(own.identity, own.recipient, THIEFS_PASSPHRASE, { signingKey: thief.publicKey, workFactor: 10 });
  const planted = join(keysFolder(), `${keyId}.77.age`);
  writeFileSync(planted, file);
  const key = { id: keyId, mode: "passphrase" as const, fingerprint: fingerprintOf(own.recipient) };
  const lure = await ageEncrypt(Buffer.from("a lure"), [own.recipient]);
  // Found before the real ones, as they may be when a disk with nothing else is brought first.
  rmSync(join(found.path, old.tenant.id, made.systemId), { recursive: true });
  rmSync(join(found.path, old.tenant.id, made.configurationId), { recursive: true });
  plant({ backupId: bak(7), number: 50, createdAt: EARLIER, key }, lure);
  plant({ createdAt: EARLIER, key }, lure);
  await rebuild();
  await verifyBackup.execute(fresh.tenant.owner, { id: bak(7), passphrase: THIEFS_PASSPHRASE });
  expect((await backups()).find(({ id }) => id === first())).toMatchObject({ authenticity: "signed" });
  const mirror = newId("destination");
  await withTenant(fresh.tenant.id, async (db) => {
    await db.destination.createMany({ data: [{ id: mirror, name: `mirror ${mirror}`, kind: "local", config: { path: "mirror" } }] });
    const copy = { backupId: first(), destinationId: mirror, objectKey: "a", descriptionKey: "b", status: "stored" };
    await db.backupCopy.createMany({ data: [copy] });
  });
  rmSync(planted);
  cpSync(join(oldFolder, old.tenant.id), join(found.path, old.tenant.id), { recursive: true });
  plant({ backupId: bak(8), number: 52, createdAt: EARLIER, key }, lure);
  await rebuild(signingKey);
  const rows = await backups();
  expect(rows.find(({ id }) => id === bak(7))).toMatchObject({ authenticity: "foreign", retentionHeld: true });
  expect(rows.find(({ id }) => id === bak(8))?.authenticity ?? "left out").not.toBe("signed");
  expect(rows.find(({ id }) => id === first())).toMatchObject({ authenticity: "signed", sha256: real().archive.sha256 });
  await ask(first());
  const at = { backupId: first(), destinationId: mirror };
  expect(await withTenant(fresh.tenant.id, (db) => db.backupCopy.findMany({ where: at }))).toMatchObject([{ status: "damaged" }]);
});

test("a planted key file of a high number is mended by taking it away", async () => {
  const planted = join(keysFolder(), `${real().key?.id ?? ""}.999.age`);
  writeFileSync(planted, "-----BEGIN AGE ENCRYPTED FILE-----\njunk\n-----END AGE ENCRYPTED FILE-----\n");
  await rebuild();
  await expect(ask(first())).rejects.toMatchObject({ code: "key-damaged" });
  rmSync(planted);
  await rebuild();
  await ask(first());
});

test.each([
  ["a signer's name that is a command", () => plant({ backupId: bak(6) }, bytes(), `${thief.publicKey}; echo owned #\u001b[2J`)],
  ["a time before time", () => plant({ backupId: bak(6), createdAt: "0000-06-05T00:00:00.000Z" })],
  ["more entries than there can be", () => plant({ backupId: bak(6), archive: { ...real().archive, entries: Number.MAX_SAFE_INTEGER } })],
])("%s neither stops the rebuild nor is shown", async (_what, harm) => {
  harm();
  const report = await rebuild();
  expect((await backups()).length).toBeGreaterThanOrEqual(4);
  expect([...report.foreignSigners.keys()].filter((signer) => !/^([A-Za-z0-9+/]{43}=)?$/.test(signer))).toEqual([]);
});
