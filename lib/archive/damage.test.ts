import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openArchive } from "#lib/archive/archive-reader.ts";
import { alterations, makeVictim, refusalOf, type Victim } from "#lib/archive/damage-fixture.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { readArchive } from "#lib/archive/unpack.ts";

// A sample; `npm run bench damage` does all of it.

let victim: Victim;
let folder: string;
beforeAll(async () => {
  victim = await makeVictim();
  folder = await mkdtemp(join(tmpdir(), "holdfast-test-damage-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the archive, as it is, gives everything back", async () => {
  const walk = readArchive(Readable.from([victim.stored]), { fileKey: victim.fileKey, limits: limitsFor(victim.stored.length, null) });
  const seen = new Map<string, Buffer>();
  for await (const entry of walk) seen.set(entry.path, Buffer.concat((await entry.body.toArray()) as Buffer[]));
  expect(seen).toEqual(victim.files);
  expect(victim.stored.length).toBeGreaterThan(1024 * 1024);
});

describe.each([
  ["another archive", () => makeVictim()],
  ["an archive that wrongly has the same file key", () => makeVictim(victim)],
])("damaged, and spliced with %s", (_what, makeOther) => {
  test("is refused with one sentence, and gives out nothing that was altered", async () => {
    let count = 0;
    for (const altered of alterations(victim, await makeOther(), { bits: 150, cuts: 40, seed: 1 })) {
      expect(await refusalOf(altered, victim), altered.name).toMatch(/^[\p{Lu}“].*\.$/u);
      count++;
    }
    expect(count).toBeGreaterThan(200);
  });
});

test("an altered archive does not even open, whatever was recorded of it", async () => {
  const other = await makeVictim();
  const path = join(folder, "altered");
  for (const { name, bytes } of alterations(victim, other, { bits: 20, cuts: 5, seed: 2 })) {
    await writeFile(path, bytes);
    const opening = openArchive({ path, fileKey: victim.fileKey, limits: limitsFor(bytes.length, null) });
    await expect(opening, name).rejects.toThrow();
  }
});
