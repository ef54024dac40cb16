import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEnv } from "#lib/env.ts";
import { ensureMasterKey } from "./master-key.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-test-key-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test("a key is made once, for its owner's eyes only, and read ever after", () => {
  const made = ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir }));
  expect(made.isNew).toBe(true);
  expect(made.key).toHaveLength(32);
  expect(readdirSync(dataDir)).toEqual(["master.key"]);
  expect(statSync(join(dataDir, "master.key")).mode & 0o777).toBe(0o600);
  const read = ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir }));
  expect(read).toMatchObject({ key: made.key, isNew: false });
  read.discard();
  expect(readFileSync(join(dataDir, "master.key"), "utf8").trim()).toBe(made.key.toString("base64"));
});

test("a key that the database turned down is taken away again", () => {
  ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir })).discard();
  expect(readdirSync(dataDir)).toEqual([]);
});

test("the variable comes before the file", () => {
  const given = Buffer.alloc(32, 7);
  const settings = readEnv({ HOLDFAST_DATA: dataDir, HOLDFAST_MASTER_KEY: given.toString("base64") });
  expect(ensureMasterKey(settings).key).toEqual(given);
  expect(readdirSync(dataDir)).toEqual([]);
});

test("a missing key is not replaced where a database depends on it, or other machines", () => {
  const worker = readEnv({ HOLDFAST_DATA: dataDir, HOLDFAST_ROLE: "worker", DATABASE_URL: "postgresql://o:p@127.0.0.1/h" });
  expect(() => ensureMasterKey(worker)).toThrow(/HOLDFAST_MASTER_KEY must be set where HOLDFAST_ROLE is worker/);
  mkdirSync(join(dataDir, "postgres/cluster"), { recursive: true });
  expect(() => ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir }))).toThrow(/master.key is missing, but .* put the file back/);
});

test("a damaged key is refused", () => {
  writeFileSync(join(dataDir, "master.key"), "c2hvcnQ=\n");
  expect(() => ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir }))).toThrow(/does not hold 32 bytes/);
});
