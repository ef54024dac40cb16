import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ageDecrypt, ageEncrypt } from "#lib/crypto/age.ts";
import { generateIdentity, recipientOf } from "#lib/crypto/identity.ts";
import { protectIdentity, unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { runInTerminal } from "#lib/crypto/terminal-fixture.ts";

// Real keys, with all of their work.
vi.unmock("#lib/crypto/passphrase.ts");

/* The distribution's age, in both directions. */
const folder = mkdtempSync(join(tmpdir(), "holdfast-age-"));
const at = (name: string) => join(folder, name);
const key = generateIdentity();
const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 500_000];

beforeAll(() => writeFileSync(at("identity.txt"), `${key.identity}\n`, { mode: 0o600 }));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(sizes)("age decrypts what we encrypt, %i bytes", async (sizeBytes) => {
  const plain = randomBytes(sizeBytes);
  const file = await ageEncrypt(plain, [generateIdentity().recipient, key.recipient]);
  expect(execFileSync("age", ["-d", "-i", at("identity.txt")], { input: file, maxBuffer: 1e8 }).equals(plain)).toBe(true);
});

test.each(sizes)("we decrypt what age encrypts, %i bytes", async (sizeBytes) => {
  const plain = randomBytes(sizeBytes);
  const file = execFileSync("age", ["-r", generateIdentity().recipient, "-r", key.recipient], { input: plain, maxBuffer: 1e8 });
  expect((await ageDecrypt(file, key.identity)).equals(plain)).toBe(true);
});

test("age-keygen and we agree on identities", () => {
  const text = execFileSync("age-keygen", { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const identity = /^AGE-SECRET-KEY-1.*$/m.exec(text)?.[0] ?? "";
  expect(recipientOf(identity)).toBe(/public key: (age1\S+)/.exec(text)?.[1]);
  expect(
    execFileSync("age-keygen", ["-y", at("identity.txt")])
      .toString()
      .trim(),
  ).toBe(key.recipient);
});

describe("passphrases", () => {
  const passphrase = "richtig Pferd 🔑 batterie";

  test("age opens a protected identity", async () => {
    writeFileSync(at("key.age"), await protectIdentity(key.identity, key.recipient, passphrase, { createdAt: new Date(0) }));
    await runInTerminal("age -d -o opened.txt key.age", { cwd: folder, prompt: /passphrase/, answers: [passphrase] });
    expect(readFileSync(at("opened.txt"), "utf8")).toBe(
      `# created: 1970-01-01T00:00:00.000Z\n# public key: ${key.recipient}\n${key.identity}\n`,
    );
  });

  test("we open an identity that age protected", async () => {
    const answers = [passphrase, passphrase];
    await runInTerminal("age -p -o made.age identity.txt", { cwd: folder, prompt: /passphrase.*?: /, answers });
    expect(await unprotectIdentity(readFileSync(at("made.age")), passphrase)).toBe(key.identity);
  });
});
