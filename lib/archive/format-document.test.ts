import { readFileSync } from "node:fs";
import { constants } from "node:zlib";
import { expect, test } from "vitest";
import { FRAME_PLAIN_BYTES } from "#lib/archive/frame-compressor.ts";
import {
  limitsFor,
  MAX_BACKUP_NUMBER,
  MAX_ENTRIES,
  MAX_INDEX_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
} from "#lib/archive/limits.ts";
import { DECODER_PARAMS } from "#lib/archive/zstd-stream.ts";
import { MAX_EPOCH, MAX_MARK_BYTES } from "#lib/backups/instance-mark.ts";
import { MAX_KEY_FILE_VERSION } from "#lib/backups/object-keys.ts";
import { MAX_DESCRIPTION_BYTES, MAX_DESCRIPTION_LEVELS } from "#lib/backups/signed-description.ts";
import { decodeBech32 } from "#lib/crypto/bech32.ts";
import { MAX_HEADER_BYTES, MAX_STANZAS } from "#lib/crypto/header.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { DEFAULT_WORK_FACTOR, MAX_KEY_FILE_BYTES, MAX_WORK_FACTOR } from "#lib/crypto/passphrase.ts";
import { encryptHeader, fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { CHUNK_BYTES, payloadEncrypter, payloadKey, TAG_BYTES } from "#lib/crypto/stream.ts";
import { MAX_RECOVERY_RECIPIENTS } from "#lib/keys/schemas.ts";

/* docs/backup-format.md is checked against the code, so that it cannot drift. */
const document = readFileSync("docs/backup-format.md", "utf8").replace(/ {2,}/g, " ");

test("the test vectors are what the code computes", () => {
  const [identity, recipient] = [vector("identity"), vector("recipient")];
  const fileKey = hex("file key, hex");
  expect(decodeBech32(identity)?.bytes.equals(hex("identity secret, hex"))).toBe(true);
  expect(recipientOf(identity)).toBe(recipient);
  const { header } = encryptHeader({ fileKey, recipients: [recipient], ephemerals: [hex("ephemeral secret, hex")] });
  expect(header.toString()).toBe(/```text vector=header\n([^`]+)```/.exec(document)?.[1]);
  expect(fileKeyFromHeader(header, identity).equals(fileKey)).toBe(true);
  const key = payloadKey(fileKey, hex("payload nonce, hex"));
  expect(key.toString("hex")).toBe(vector("payload key, hex"));
  const chunks: Buffer[] = [];
  const coder = payloadEncrypter(key);
  coder.update(Buffer.from(vector("plaintext")), (chunk) => chunks.push(chunk));
  coder.final((chunk) => chunks.push(chunk));
  expect(Buffer.concat(chunks).toString("hex")).toBe(vector("the only chunk, hex"));
});

test("the limits are those of the code", () => {
  const unrecorded = (storedBytes: number) => limitsFor(storedBytes, null).maxTarBytes;
  const limits = {
    "entries of an archive": number(MAX_ENTRIES),
    "`manifest.json`, `index.json`": `${mib(MAX_MANIFEST_BYTES)}, ${mib(MAX_INDEX_BYTES)}`,
    "a description, a key file, `instance.json`": [MAX_DESCRIPTION_BYTES, MAX_KEY_FILE_BYTES, MAX_MARK_BYTES].map(kib).join(", "),
    "levels of a description, one inside another": String(MAX_DESCRIPTION_LEVELS),
    "number of a backup, number of a key file, epoch": [MAX_BACKUP_NUMBER, MAX_KEY_FILE_VERSION, MAX_EPOCH].map(number).join(", "),
    "recipients that are written": `the key's and ${MAX_RECOVERY_RECIPIENTS} recovery recipients`,
    "age header that is read": `${kib(MAX_HEADER_BYTES)}, ${MAX_STANZAS} recipients`,
    "scrypt work factor that is opened": String(MAX_WORK_FACTOR),
    "memory that a zstd frame may ask of its reader": mib(2 ** (DECODER_PARAMS[constants.ZSTD_d_windowLogMax] ?? 0)),
    "unfolded size that is read": `exactly the recorded size of the tar; where none was recorded, ${unrecorded(1e9) / 1e9} times the stored size, or ${mib(unrecorded(1))} if that is more`,
  };
  expect(rowsOf("Limits")).toEqual(Object.entries(limits));
});

test("the sizes within an archive are those of the code", () => {
  expect(document).toContain(`| ${number(CHUNK_BYTES + TAG_BYTES)} each | chunks: ${number(CHUNK_BYTES)} bytes sealed`);
  expect(document).toContain(`written with ${kib(FRAME_PLAIN_BYTES)} of content`);
  expect(document).toContain(`each at most ${MAX_NAME_BYTES} bytes, the whole at most ${number(MAX_PATH_BYTES)},`);
  expect(document).toContain(`(work factor ${DEFAULT_WORK_FACTOR}:`);
});

/** The cells of the table below a heading, without its first row. */
function rowsOf(heading: string): string[][] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.slice(2, -2).split(" | "));
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function kib(bytes: number): string {
  return `${bytes / 2 ** 10} KiB`;
}

function mib(bytes: number): string {
  return `${bytes / 2 ** 20} MiB`;
}

function vector(name: string): string {
  return new RegExp(`^\\| ${name} +\\| \`([^\`]+)\``, "m").exec(document)?.[1] ?? "";
}

function hex(name: string): Buffer {
  return Buffer.from(vector(name), "hex");
}
