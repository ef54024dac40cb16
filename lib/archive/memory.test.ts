import { createCipheriv } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { fileEntry, MANIFEST } from "#lib/archive/archive-fixture.ts";
import { packArchive } from "#lib/archive/pack.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { createSpool } from "#lib/archive/spool.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "holdfast-memory-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("packing and reading back 240 MB takes no more memory than 60 MB does", async () => {
  await peakOf(4); // What is loaded and made only once is not counted.
  const small = await peakOf(60);
  const large = await peakOf(240);
  // Four times the data; the slack is for garbage that was not collected yet, which 60 MB leave as well as more do.
  expect(large - small).toBeLessThan(80 * MIB);
}, 120_000);

/** Packs, encrypts, decrypts and proves in one go, half of it through the spool, and gives the most memory in use on the way, in bytes. */
async function peakOf(sizeMib: number): Promise<number> {
  const fileKey = createFileKey();
  const recipients = [generateIdentity().recipient];
  const { header, ephemerals } = encryptHeader({ fileKey, recipients });
  const half = (sizeMib / 2) * MIB;
  const body = () => Promise.resolve(Readable.from(mixedBytes(half), { objectMode: false }));
  const packing = packArchive({
    manifest: MANIFEST,
    entries: Readable.from([
      fileEntry("sized", "", { sizeBytes: half, open: body }),
      fileEntry("unsized", "", { sizeBytes: null, open: body }),
    ]),
    encryption: { fileKey, header },
    spool: createSpool({ folder, quotaBytes: half }),
    signal: new AbortController().signal,
  });
  let peak = 0;
  const meter = new PassThrough({
    transform(data, _encoding, callback) {
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external);
      callback(null, data);
    },
  });
  const limits = { recordedTarBytes: null, maxTarBytes: 2 * sizeMib * MIB, maxEntries: 10 };
  await proveArchive(packing.stream.pipe(meter), { fileKey, limits, wrappedFor: { recipients, ephemerals } });
  await packing.finished;
  return peak;
}

/** Half noise, half zeros: compresses to half, in no time. */
function* mixedBytes(sizeBytes: number): Generator<Buffer> {
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  for (let made = 0; made < sizeBytes; made += 65_536) yield Buffer.concat([noise.update(Buffer.alloc(32_768)), Buffer.alloc(32_768)]);
}
