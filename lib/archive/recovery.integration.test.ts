import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileEntry, folderEntry, linkEntry, packToBuffer } from "#lib/archive/archive-fixture.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { protectIdentity } from "#lib/crypto/passphrase.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";
import { runInTerminal } from "#lib/crypto/terminal-fixture.ts";

/* The lines of docs/backup-format.md, as they stand there, with the distribution's age, zstd and tar. */
const formatDocument = readFileSync("docs/backup-format.md", "utf8");
const key = generateIdentity();
const recovery = generateIdentity();
const captured = [
  folderEntry("etc"),
  fileEntry("etc/hosts", "127.0.0.1 localhost\n", { mode: 0o600 }),
  fileEntry("\u{1f512}".repeat(63), "emoji"),
  fileEntry(`${"deep/".repeat(60)}file`, "deep"),
  fileEntry("large", Buffer.alloc(200_000, "large ")),
  linkEntry("link", "etc/hosts"),
];
let folder = "";

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "holdfast-recovery-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("key file and passphrase", async () => {
  const passphrase = "fünf Wörter 🔑 are enough";
  writeFileSync(join(folder, "key.age"), await protectIdentity(key.identity, key.recipient, passphrase));
  await writeArchive([key.recipient]);
  await runInTerminal(lineOf("passphrase"), { cwd: folder, prompt: /passphrase/, answers: [passphrase] });
  requireRecovered();
});

test("a wrong passphrase recovers nothing", async () => {
  writeFileSync(join(folder, "key.age"), await protectIdentity(key.identity, key.recipient, "right"));
  await writeArchive([key.recipient]);
  await runInTerminal(lineOf("passphrase"), { cwd: folder, prompt: /passphrase/, answers: ["wrong"] }).catch(() => undefined);
  expect(readdirSync(folder).sort()).toEqual(["key.age", "x.tar.zst.age"]);
});

test("managed key, by its own identity and by the recovery recipient's", async () => {
  for (const { identity } of [key, recovery]) {
    writeFileSync(join(folder, "identity.txt"), `${identity}\n`);
    await writeArchive([key.recipient, recovery.recipient]);
    execFileSync("sh", ["-c", lineOf("managed")], { cwd: folder });
    requireRecovered();
  }
});

test("no encryption", async () => {
  await writeArchive(null);
  execFileSync("sh", ["-c", lineOf("off")], { cwd: folder });
  requireRecovered();
});

test("the test vectors of the document open by its lines, and age leaves the signing key's comment aside", async () => {
  writeFileSync(join(folder, "key.age"), vector("key-file"));
  writeFileSync(join(folder, "x.tar.zst.age"), Buffer.from(vector("archive"), "base64"));
  writeFileSync(join(folder, "x.tar.zst"), Buffer.from(vector("archive-off"), "base64"));
  const passphrase = /The passphrase is `([^`]+)`/.exec(formatDocument)?.[1] ?? "";
  const recoveries = [
    () => runInTerminal(lineOf("passphrase"), { cwd: folder, prompt: /passphrase/, answers: [passphrase] }),
    () => execFileSync("sh", ["-c", lineOf("off")], { cwd: folder }),
  ];
  for (const recover of recoveries) {
    await recover();
    expect(readFileSync(join(folder, "entries/etc/app.conf"), "utf8")).toBe("port = 1\n");
    rmSync(join(folder, "entries"), { recursive: true });
  }
});

async function writeArchive(recipients: string[] | null): Promise<void> {
  const fileKey = createFileKey();
  const encryption = recipients === null ? null : { fileKey, header: encryptHeader({ fileKey, recipients }).header };
  const { stored } = await packToBuffer(captured, { encryption });
  writeFileSync(join(folder, recipients === null ? "x.tar.zst" : "x.tar.zst.age"), stored);
}

function requireRecovered(): void {
  const at = (name: string) => join(folder, "entries", name);
  expect(readFileSync(at("etc/hosts"), "utf8")).toBe("127.0.0.1 localhost\n");
  expect(readFileSync(at("\u{1f512}".repeat(63)), "utf8")).toBe("emoji");
  expect(readFileSync(at(`${"deep/".repeat(60)}file`), "utf8")).toBe("deep");
  expect(readFileSync(at("large")).equals(Buffer.alloc(200_000, "large "))).toBe(true);
  expect(readlinkSync(at("link"))).toBe("etc/hosts");
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as { entries: unknown[] };
  expect(index.entries).toHaveLength(captured.length);
  rmSync(join(folder, "entries"), { recursive: true });
}

function lineOf(mode: string): string {
  const line = new RegExp(`\`\`\`sh recovery=${mode}\\n([^\`]+)\\n\`\`\``).exec(formatDocument)?.[1];
  if (line === undefined || line.includes("\n")) throw new Error(`docs/backup-format.md has no single line for the mode “${mode}”.`);
  return line;
}

function vector(name: string): string {
  return new RegExp(`\`\`\`text vector=${name}\\n([^\`]+)\`\`\``).exec(formatDocument)?.[1] ?? "";
}
