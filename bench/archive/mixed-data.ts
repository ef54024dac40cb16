import { createCipheriv } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Which share of the bytes each kind has, and how large its files are. */
const kinds = [
  { folder: "text", share: 0.35, extension: "conf", minBytes: 4 * KIB, maxBytes: 256 * KIB, write: writeText },
  { folder: "json", share: 0.3, extension: "json", minBytes: 16 * KIB, maxBytes: 4 * MIB, write: writeJson },
  { folder: "sqlite", share: 0.25, extension: "sqlite", minBytes: 8 * MIB, maxBytes: 8 * MIB, write: writeSqlite },
  { folder: "random", share: 0.1, extension: "bin", minBytes: 64 * KIB, maxBytes: 8 * MIB, write: writeRandom },
] as const;

const FILES_PER_FOLDER = 200;

/** Makes about `sizeBytes` of mixed files below `folder`: 35 % text configurations, 30 % JSON, 25 % SQLite, 10 % random. The same each time. */
export function makeMixedData(
  folder: string,
  sizeBytes: number,
  only: readonly string[] = kinds.map((kind) => kind.folder),
): { files: number } {
  const made = { files: 0 };
  const wanted = kinds.filter((kind) => only.includes(kind.folder));
  const shares = wanted.reduce((sum, kind) => sum + kind.share, 0);
  for (const [number, kind] of wanted.entries()) {
    const random = new KeyStream(number);
    const quotaBytes = Math.round((sizeBytes * kind.share) / shares);
    let doneBytes = 0;
    for (let count = 0; doneBytes < quotaBytes; count += 1) {
      const wantedBytes = Math.min(random.logUniform(kind.minBytes, kind.maxBytes), quotaBytes - doneBytes);
      const path = join(folder, kind.folder, String(Math.floor(count / FILES_PER_FOLDER)), `${count}.${kind.extension}`);
      mkdirSync(dirname(path), { recursive: true });
      kind.write(path, wantedBytes, random);
      doneBytes += wantedBytes;
      made.files += 1;
    }
  }
  return made;
}

/** What looks random and is the same each time: a key stream of AES. */
class KeyStream {
  readonly #stream;
  #held = Buffer.alloc(0);

  constructor(seed: number) {
    this.#stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed + 1), Buffer.alloc(16));
  }

  bytes(count: number): Buffer {
    if (count > 64 * KIB) return this.#stream.update(Buffer.alloc(count));
    if (this.#held.length < count) this.#held = this.#stream.update(Buffer.alloc(256 * KIB));
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  hex(characters: number): string {
    return this.bytes(characters / 2).toString("hex");
  }

  below(limit: number): number {
    return this.bytes(4).readUInt32LE() % limit;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Small ones are more frequent than large ones. */
  logUniform(min: number, max: number): number {
    return Math.round(min * (max / min) ** (this.below(1_000_000) / 1_000_000));
  }
}

const words = ["server", "listen", "timeout", "upstream", "interface", "policy", "route", "certificate", "backup", "mirror"] as const;
const values = ["on", "off", "auto", "strict", "10.20.30.40", "/var/lib/service", "eu-central-1", "info", "required"] as const;

function writeText(path: string, sizeBytes: number, random: KeyStream): void {
  writeFileSync(
    path,
    inLines(sizeBytes, () => textLine(random)),
  );
}

function textLine(random: KeyStream): string {
  const kind = random.below(8);
  if (kind === 0) return `[${random.pick(words)} "${random.pick(words)}-${random.below(500)}"]`;
  if (kind === 1) return `# ${random.pick(words)} ${random.pick(words)}: see ${random.pick(words)}, section ${random.below(40)}`;
  if (kind === 2) return `${random.pick(words)}_id = ${random.hex(32)}`;
  return `${random.pick(words)}_${random.pick(words)} = ${random.pick(values)} ${random.below(10_000)}`;
}

function writeJson(path: string, sizeBytes: number, random: KeyStream): void {
  writeFileSync(
    path,
    inLines(sizeBytes, () => JSON.stringify(resourceOf(random))),
  );
}

function resourceOf(random: KeyStream): object {
  return {
    id: random.hex(32),
    kind: random.pick(words),
    labels: { zone: random.pick(values), [random.pick(words)]: random.pick(values) },
    spec: { enabled: random.below(2) === 1, replicas: random.below(9), limits: { cpu: random.below(4000), memory: random.below(65_536) } },
    checksum: random.hex(64),
    updatedAt: new Date(1_760_000_000_000 + random.below(1_000_000_000)).toISOString(),
  };
}

function inLines(sizeBytes: number, line: () => string): Buffer {
  const lines: string[] = [];
  for (let bytes = 0; bytes < sizeBytes;) {
    const next = line();
    lines.push(next);
    bytes += next.length + 1;
  }
  return Buffer.from(lines.join("\n"), "latin1").subarray(0, sizeBytes);
}

const ROW_BYTES = 173;

function writeSqlite(path: string, sizeBytes: number, random: KeyStream): void {
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE settings (id INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, seal BLOB NOT NULL, changed_at INTEGER NOT NULL);
    CREATE INDEX settings_name ON settings (name); BEGIN`);
  const insert = database.prepare("INSERT INTO settings (name, value, seal, changed_at) VALUES (?, ?, ?, ?)");
  for (let row = 0; row < sizeBytes / ROW_BYTES; row += 1) {
    const name = `${random.pick(words)}.${random.pick(words)}.${random.below(100_000)}`;
    insert.run(name, `${textLine(random)}; ${textLine(random)}`, Buffer.from(random.bytes(32)), 1_760_000_000 + row);
  }
  database.exec("COMMIT");
  database.close();
}

function writeRandom(path: string, sizeBytes: number, random: KeyStream): void {
  writeFileSync(path, random.bytes(sizeBytes));
}
