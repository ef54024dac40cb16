import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectRetentionCommand, ListObjectVersionsCommand, PutObjectLockConfigurationCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import { validateDestination } from "#lib/connectors/validate-destination.ts";
import { s3ClientOf } from "#e2e/servers/s3-users.ts";
import { createS3Stage, s3Context, type S3Stage } from "#e2e/servers/s3-stage.ts";

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Long enough to be refused once, short enough to wait for. */
const SHORT_LOCK_MS = 3000;

let stage: S3Stage;
let session: DestinationSession;
beforeAll(async () => {
  stage = await createS3Stage({ objectLockMode: "GOVERNANCE", objectLockDays: 10 });
  session = await stage.open();
}, 90_000);
afterAll(async () => {
  await session.close();
  stage.close();
});

describe("an object that was put with a lock", () => {
  test.each([
    ["in one request", 1000, "when_supported"],
    ["in one request, without checksums", 1000, "when_required"],
    ["in parts", 9 * MIB, "when_supported"],
    ["in parts, without checksums", 9 * MIB, "when_required"],
  ] as const)("%s is not removed while it is locked, and says until when", async (how, sizeBytes, checksumMode) => {
    const key = `locked ${how}`;
    const locking = await stage.open({ checksumMode });
    const before = Date.now();
    await locking.put(key, Readable.from([Buffer.alloc(sizeBytes)]), { lock: true });
    const { lockedUntil } = (await locking.stat(key)) ?? {};
    expect(lockedUntil?.getTime()).toBeGreaterThanOrEqual(before + 10 * DAY_MS);
    expect(lockedUntil?.getTime()).toBeLessThan(Date.now() + 10 * DAY_MS + 1000);
    const day = lockedUntil?.toISOString().slice(0, 10);
    await expect(locking.remove(key)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringMatching(new RegExp(`locked until ${day} .* UTC; nothing was removed\\.$`)) as string,
    });
    expect(await locking.stat(key)).toEqual({ sizeBytes, lockedUntil });
    expect(await versionsOf(key)).toEqual(["version"]);
    await locking.close();
  });

  test("is gone with every version once the lock has ended", async () => {
    const locking = await stage.open({}, {}, { lockMs: SHORT_LOCK_MS });
    await locking.put("short", Readable.from(["x"]), { lock: true });
    await expect(locking.remove("short")).rejects.toMatchObject({ code: "locked" });
    await sleep(SHORT_LOCK_MS + 1000);
    expect(await locking.stat("short")).toEqual({ sizeBytes: 1 });
    await locking.remove("short");
    expect(await locking.stat("short")).toBeNull();
    expect(await versionsOf("short")).toEqual([]);
    await locking.remove("short");
    await locking.close();
  });

  test("is kept when a session that knows of no lock hides it", async () => {
    await session.put("hidden", Readable.from(["x"]), { lock: true });
    const careless = await stage.open({ objectLockMode: "none" });
    await careless.remove("hidden");
    await careless.close();
    expect(await versionsOf("hidden")).toEqual(["marker", "version"]);
  });
});

describe("an object that was put without a lock", () => {
  test("is not locked, and is really gone when it is removed", async () => {
    await session.put("free", Readable.from(["x"]));
    expect(await session.stat("free")).toEqual({ sizeBytes: 1 });
    await session.remove("free");
    expect(await versionsOf("free")).toEqual([]);
  });

  test("Validate's probe is one: nothing of it stays", async () => {
    const before = await stage.everything();
    expect(await validateDestination(s3, stage.config(), s3Context())).toMatchObject({ ok: true });
    expect(await stage.everything()).toEqual(before);
  });
});

describe("extending a lock", () => {
  test("locks at least as long as a new one would be, and never shortens", async () => {
    const short = await stage.open({}, {}, { lockMs: SHORT_LOCK_MS });
    await short.put("key", Readable.from(["x"]), { lock: true });
    const before = Date.now();
    await session.extendLock?.("key");
    const longer = (await session.stat("key"))?.lockedUntil;
    expect(longer?.getTime()).toBeGreaterThanOrEqual(before + 10 * DAY_MS);
    await short.extendLock?.("key");
    expect((await session.stat("key"))?.lockedUntil).toEqual(longer);
    await short.close();
  });

  test("locks what was not locked, keeps a lock's mode, and says when there is nothing to lock", async () => {
    await session.put("was free", Readable.from(["x"]));
    await session.extendLock?.("was free");
    await expect(session.remove("was free")).rejects.toMatchObject({ code: "locked" });

    const compliant = await stage.open({ objectLockMode: "COMPLIANCE" }, {}, { lockMs: SHORT_LOCK_MS });
    await compliant.put("compliant", Readable.from(["x"]), { lock: true });
    await session.extendLock?.("compliant");
    await compliant.close();
    expect(await modeOf("compliant")).toBe("COMPLIANCE");

    await expect(session.extendLock?.("nothing here")).rejects.toMatchObject({ code: "missing" });
  });

  test("does nothing where no lock is configured", async () => {
    const plain = await stage.open({ objectLockMode: "none" });
    await plain.put("plain", Readable.from(["x"]), { lock: true });
    await plain.extendLock?.("plain");
    expect(await plain.stat("plain")).toEqual({ sizeBytes: 1 });
    await plain.close();
    await session.remove("plain");
    expect(await versionsOf("plain")).toEqual([]);
  });
});

test.each(["GOVERNANCE", "COMPLIANCE"] as const)("a lock in %s mode is what the server records", async (objectLockMode) => {
  const locking = await stage.open({ objectLockMode }, {}, { lockMs: SHORT_LOCK_MS });
  await locking.put(objectLockMode, Readable.from(["x"]), { lock: true });
  expect(await modeOf(objectLockMode)).toBe(objectLockMode);
  await locking.close();
});

test("a body that breaks leaves neither a version nor an upload, locked or not", async () => {
  const before = await stage.everything();
  function* breaking() {
    yield Buffer.alloc(9 * MIB);
    throw new Error("the source broke");
  }
  await expect(session.put("broken", Readable.from(breaking()), { lock: true })).rejects.toThrow("the source broke");
  expect(await stage.everything()).toEqual(before);
});

describe("a bucket that does not fit", () => {
  test("one without object lock is refused before a byte is written", async () => {
    const plain = await createS3Stage();
    const result = await validateDestination(s3, plain.config({ objectLockMode: "GOVERNANCE" }), s3Context());
    // The policy of a bucket without lock has no right to ask either: that is told first.
    expect(result.steps.at(-1)).toMatchObject({ name: "Write a probe", ok: false });
    expect(result.steps.at(-1)?.detail).toContain("s3:GetBucketObjectLockConfiguration");
    const asOwner = { accessKeyId: plain.server.accessKeyId, secretAccessKey: plain.server.secretAccessKey };
    const owned = await validateDestination(s3, plain.config({ objectLockMode: "GOVERNANCE", ...asOwner }), s3Context());
    expect(owned.steps.at(-1)?.detail).toMatch(/has no object lock; create one with object lock enabled/);
    expect(await plain.everything()).toEqual([]);
    plain.close();
  });

  test("one that locks whatever is put there takes no probe, but locked backups", async () => {
    const strict = await createS3Stage({ objectLockMode: "GOVERNANCE" });
    const Rule = { DefaultRetention: { Mode: "GOVERNANCE" as const, Days: 1 } };
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled" as const, Rule };
    await strict.owner.send(new PutObjectLockConfigurationCommand({ Bucket: strict.bucket, ObjectLockConfiguration }));
    const result = await validateDestination(s3, strict.config(), s3Context());
    expect(result.steps.at(-1)?.detail).toMatch(/by a default rule of its own; take that rule off/);
    expect(await strict.everything()).toEqual([]);
    const writing = await strict.open();
    await writing.put("archive", Readable.from(["x"]), { lock: true });
    await writing.close();
    expect(await strict.everything()).toHaveLength(1);
    strict.close();
  });
});

/** "version" and "marker" for each that the bucket's owner sees under the key. */
async function versionsOf(key: string): Promise<string[]> {
  const Prefix = `tenants/acme/${key}`;
  const { Versions = [], DeleteMarkers = [] } = await stage.owner.send(new ListObjectVersionsCommand({ Bucket: stage.bucket, Prefix }));
  return [...DeleteMarkers.map(() => "marker"), ...Versions.map(() => "version")];
}

async function modeOf(key: string): Promise<string | undefined> {
  const command = new GetObjectRetentionCommand({ Bucket: stage.bucket, Key: `tenants/acme/${key}` });
  const user = s3ClientOf(stage.server, stage.user);
  const { Retention } = await user.send(command);
  user.destroy();
  return Retention?.Mode;
}
