import { expect, test } from "vitest";
import { scanFolder } from "#lib/catalogue/scan-folder.ts";
import type { Skip } from "#lib/catalogue/report.ts";

const ten = (index: number) => String(index).padStart(26, "0");
const base = (index: number) => `ten_${ten(0)}/sys_${ten(0)}/2026/11/bak_${ten(index)}`;

test("of halves that never find their other one no more wait than may; each is told, and pairs that lie together are found among them", async () => {
  const lone = Array.from({ length: 500 }, (_, index) => `${base(index)}.json`);
  const keys = [...lone.slice(0, 250), `${base(900)}.json`, `${base(900)}.tar.zst.age`, ...lone.slice(250)];
  const skips: Skip[] = [];
  let toldBeforeTheEnd = 0;
  async function* list() {
    for (const key of keys) yield await Promise.resolve({ key, sizeBytes: 1 });
    toldBeforeTheEnd = skips.length;
  }
  const pairs = await Array.fromAsync(scanFolder({ list }, "ten", (skip) => skips.push(skip), 10));
  expect(pairs.map(({ place }) => place.base)).toEqual([base(900)]);
  expect(toldBeforeTheEnd).toBe(490);
  expect(skips.map(({ key }) => key)).toEqual(lone);
});
