import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "#lib/env.ts";

export interface MasterKey {
  /** 32 bytes. */
  key: Buffer;
  /** Whether it was made just now. */
  isNew: boolean;
  /** Takes a key that was made just now away again, when it turns out that the database knows another one. */
  discard(): void;
}

/**
 * The master key of this installation: from HOLDFAST_MASTER_KEY, from its file, or, at the first start of a single machine, made.
 * @throws when it is missing where making a new one would lock everybody out of what is there
 */
export function ensureMasterKey(settings: Env): MasterKey {
  const { HOLDFAST_MASTER_KEY: given, HOLDFAST_DATA: dataDir, HOLDFAST_ROLE: role } = settings;
  const file = masterKeyFile(settings);
  if (given) return { key: Buffer.from(given, "base64"), isNew: false, discard: () => undefined };
  if (existsSync(file)) return { key: readMasterKeyFile(file), isNew: false, discard: () => undefined };
  if (existsSync(join(dataDir, "postgres/cluster"))) {
    throw new Error(
      `${file} is missing, but ${dataDir} has a database whose secrets it opens: put the file back, or set HOLDFAST_MASTER_KEY.`,
    );
  }
  if (role !== "all")
    throw new Error(`HOLDFAST_MASTER_KEY must be set where HOLDFAST_ROLE is ${role}: every machine needs the same. Set it.`);
  const key = randomBytes(32);
  // Written beside and linked into place, so that a crash leaves no half of a key.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${key.toString("base64")}\n`, { mode: 0o600, flush: true });
  linkSync(draft, file);
  rmSync(draft);
  return { key, isNew: true, discard: () => rmSync(file, { force: true }) };
}

/** Where the master key lies that nobody gives by the environment. */
export function masterKeyFile({ HOLDFAST_DATA: dataDir }: Pick<Env, "HOLDFAST_DATA">): string {
  return join(dataDir, "master.key");
}

/** The 32 bytes of a key file. */
export function readMasterKeyFile(file: string): Buffer {
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
  if (key.length !== 32) throw new Error(`${file} does not hold 32 bytes in base64: put back the right one from a copy.`);
  return key;
}
