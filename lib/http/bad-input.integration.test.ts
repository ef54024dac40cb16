import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "#e2e/servers/free-port.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { closeClients } from "#lib/db/client.ts";
import { validateDestination } from "#lib/destinations/validate-destination.ts";
import { InvalidInputError } from "#lib/errors.ts";
import { previewPolicy } from "#lib/policies/preview-policy.ts";
import { validateSystem } from "#lib/systems/validate-system.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

// What a person may mistype, and the sentence that has to stand beside it or at the step that found it.

let installation: TestInstallation;
let tenant: TestTenant;
let sshd: Sshd;
let s3: S3Server;
let closedPort: number;

beforeAll(async () => {
  s3 = await sharedS3();
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  sshd = await startSshd();
  writeFileSync(join(sshd.root, "app.conf"), "port = 1\n");
  closedPort = await findFreePort();
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await s3.stop();
  await installation.remove();
});

describe("a schedule", () => {
  test.each([
    [{ kind: "cron", expression: "", timeZone: "UTC" }, "expression", "this one has 0"],
    [{ kind: "cron", expression: "0 25 * * *", timeZone: "UTC" }, "expression", 'The hour "25" is not valid'],
    [{ kind: "cron", expression: "0 0 30 2 *", timeZone: "UTC" }, "expression", "No date"],
    [{ kind: "cron", expression: "0 1 * * *", timeZone: "Berlin" }, "timeZone", "not a known time zone"],
    [{ kind: "daily", at: "01:00", timeZone: "+01:00" }, "timeZone", 'such as "Europe/Berlin"'],
    [{ kind: "daily", at: "1am", timeZone: "UTC" }, "at", "two digits"],
    [{ kind: "interval", everyDays: 0, at: ["01:00"], timeZone: "UTC" }, "everyDays", "1 day"],
    [{ kind: "hours", at: [], timeZone: "UTC" }, "at", "at least one"],
  ])("%j is refused beside its field", async (schedule, field, words) => {
    expect(await complaint(previewPolicy.execute(tenant.owner, { schedule }))).toMatchObject({ [`schedule.${field}`]: containing(words) });
  });
});

describe("a folder over SFTP", () => {
  const typed = () => ({ host: sshd.host, port: sshd.port, user: sshd.user, privateKey: sshd.privateKey, path: sshd.root });
  const validate = (more: object) => validateSystem.execute(tenant.owner, { kind: "folder", config: { ...typed(), ...more } });

  test.each([
    [{ host: "" }, "host", "Name the server"],
    [{ host: "sftp://files.example.com/etc" }, "host", "without user, port or path"],
    [{ host: "root@files.example.com" }, "host", "without user"],
    [{ port: 0 }, "port", "between 1 and 65535"],
    [{ port: 70000 }, "port", "between 1 and 65535"],
    [{ port: "ssh" }, "port", "number"],
    [{ user: " " }, "user", "user to sign in as"],
    [{ privateKey: "" }, "privateKey", "Paste the private key"],
    [{ authentication: "password" }, "password", "Type the password"],
    [{ hostKey: "SHA256:short" }, "hostKey", "SHA256:… with 43 characters"],
    [{ hostKey: "ssh-dss SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" }, "hostKey", "SHA256:…"],
    [{ path: "" }, "path", "Name the folder"],
    [{ path: "/etc\0" }, "path", "null character"],
    [{ include: ["/etc/**"] }, "include", "leading slash"],
  ])("%j is refused beside its field", async (more, field, words) => {
    expect(await complaint(validate(more))).toMatchObject({ [`config.${field}`]: containing(words) });
  });

  test.each([
    [{ host: "no-such-host.invalid" }, "Connect", "no-such-host.invalid"],
    [{ hostKey: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" }, "Host key", "changed from"],
    [{ privateKey: "not a key" }, "Host key", "not a private key"],
    [{ user: "nobody-of-that-name" }, "Sign in", "refused to sign in “nobody-of-that-name”"],
    [{ path: "/no/such/folder" }, "Open the folder", "/no/such/folder"],
    [{ include: ["*.nothing"] }, "Read a file", "No file in the folder"],
  ])("%j fails at its step with the cause", async (more, step, words) => {
    expect(failedStep(await validate(more))).toMatchObject({ name: step, detail: containing(words) });
  });

  test("a port where nobody listens fails at the first step", async () => {
    expect(failedStep(await validate({ port: closedPort }))).toMatchObject({ name: "Connect", detail: containing(String(closedPort)) });
  });
});

describe("an S3 bucket", () => {
  const typed = () => ({ endpoint: s3.endpoint, bucket: "some-bucket", accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey });
  const validate = (more: object) => validateDestination.execute(tenant.owner, { kind: "s3", config: { ...typed(), ...more } });

  test.each([
    [{ endpoint: "s3.example.com" }, "endpoint", "https://s3.example.com"],
    [{ endpoint: "ftp://s3.example.com" }, "endpoint", "https://s3.example.com"],
    [{ endpoint: "https://user:secret@s3.example.com" }, "endpoint", "without user"],
    [{ region: "eu central" }, "region", "eu-central-1"],
    [{ bucket: "" }, "bucket", "3 to 63"],
    [{ bucket: "with/slash" }, "bucket", "3 to 63"],
    [{ bucket: "b".repeat(64) }, "bucket", "3 to 63"],
    [{ prefix: "../up" }, "prefix", "without “.”, “..”"],
    [{ prefix: "a//b" }, "prefix", "names with “/” between"],
    [{ prefix: "p".repeat(101) }, "prefix", "100"],
    [{ accessKeyId: "" }, "accessKeyId", "Type the access key"],
    [{ secretAccessKey: "" }, "secretAccessKey", "Type the secret"],
    [{ checksumMode: "sometimes" }, "checksumMode", ""],
  ])("%j is refused beside its field", async (more, field, words) => {
    expect(await complaint(validate(more))).toMatchObject({ [`config.${field}`]: containing(words) });
  });

  test.each([
    [{ bucket: "nobody-made-this-one" }, "There is no bucket “nobody-made-this-one”"],
    [{ accessKeyId: "UNKNOWNKEY" }, "does not know this access key ID"],
    [{ secretAccessKey: "wrong" }, "secret access key is wrong"],
  ])("%j fails at its step with the cause", async (more, words) => {
    expect(failedStep(await validate(more))).toMatchObject({ ok: false, detail: containing(words) });
  });

  test("an address where nobody listens, and one that is no S3 server, are told apart", async () => {
    const closed = failedStep(await validate({ endpoint: `http://127.0.0.1:${closedPort}` }));
    expect(closed?.detail).toContain(String(closedPort));
    const ssh = failedStep(await validate({ endpoint: `http://127.0.0.1:${sshd.port}` }));
    expect(ssh?.detail).toContain("not as an S3 server");
  });
});

describe("a folder of this machine", () => {
  test.each([
    ["", "Name a folder"],
    ["a\0b", "null character"],
  ])("%j is refused beside its field", async (path, words) => {
    const attempt = validateDestination.execute(tenant.owner, { kind: "local", config: { path } });
    expect(await complaint(attempt)).toMatchObject({ "config.path": containing(words) });
  });

  test.each([
    ["../..", "lies outside"],
    ["/etc", "lies outside"],
    ["x".repeat(256), "too long"],
  ])("%j fails at its step with the cause", async (path, words) => {
    const result = await validateDestination.execute(tenant.owner, { kind: "local", config: { path } });
    expect(failedStep(result)).toMatchObject({ name: "Connect", detail: containing(words) });
  });
});

const containing = (words: string): unknown => expect.stringContaining(words);

/** Message by path of what an operation refused. */
async function complaint(attempt: Promise<unknown>): Promise<Record<string, string>> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidInputError)) throw new Error("This was not refused as bad input.", { cause: error });
  return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]));
}

function failedStep(result: { steps: { name: string; ok: boolean; detail: string }[] }) {
  return result.steps.find((step) => !step.ok);
}
