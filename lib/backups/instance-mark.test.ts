import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refuseForeignInstance, requireOwnInstance } from "#lib/backups/instance-mark.ts";
import { openLocalSession } from "#lib/connectors/local/session.ts";
import { forgetEnv } from "#lib/env.ts";

const TENANT = "ten_1";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-test-mark-")));
  process.env["HOLDFAST_MASTER_KEY"] = Buffer.alloc(32, 1).toString("base64");
  forgetEnv();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env["HOLDFAST_MASTER_KEY"];
  forgetEnv();
});

test("the first archive marks the destination as ours, and the next finds it so", async () => {
  await requireOwnInstance(session(), TENANT);
  const text = readFileSync(markFile(), "utf8");
  expect(JSON.parse(text)).toEqual({ installation: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown, epoch: 1 });
  await requireOwnInstance(session(), TENANT);
  await refuseForeignInstance(session(), TENANT);
  expect(readFileSync(markFile(), "utf8")).toBe(text);
});

test("where another installation keeps the tenant's backups, nothing is written or removed, and the reason is told", async () => {
  await requireOwnInstance(session(), TENANT);
  writeFileSync(markFile(), '{"installation":"00112233445566778899aabbccddeeff","epoch":1}');
  await expect(requireOwnInstance(session(), TENANT)).rejects.toThrow(/Another installation of Holdfast .*ten_1\/instance\.json/);
  await expect(refuseForeignInstance(session(), TENANT)).rejects.toMatchObject({ code: "refused" });
  await requireOwnInstance(session(), "ten_2");
});

test("our own mark of a later epoch is not ours any more", async () => {
  await requireOwnInstance(session(), TENANT);
  writeFileSync(markFile(), readFileSync(markFile(), "utf8").replace('"epoch": 1', '"epoch": 2'));
  await expect(requireOwnInstance(session(), TENANT)).rejects.toMatchObject({ code: "refused" });
});

test.each(["", "{", '{"installation":1}', '{"installation":1,"epoch":1}'])("a mark that says %j is not ours", async (text) => {
  await session().put(`${TENANT}/instance.json`, Readable.from([Buffer.from("{}")]));
  writeFileSync(markFile(), text);
  await expect(requireOwnInstance(session(), TENANT)).rejects.toMatchObject({ code: "refused" });
});

test("removing from a destination that nobody marked marks nothing", async () => {
  await refuseForeignInstance(session(), TENANT);
  expect(await session().stat(`${TENANT}/instance.json`)).toBeNull();
});

const session = () => openLocalSession(folder, new AbortController().signal);
const markFile = () => join(folder, TENANT, "instance.json");
