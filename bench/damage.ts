import { parseArgs } from "node:util";
import { alterations, makeVictim, refusalOf } from "#lib/archive/damage-fixture.ts";

// Every way to damage an archive of 1 MiB that docs/backup-format.md promises to notice: npm run bench damage [-- --seed 7 --bits 2000 --cuts 500]

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, bits: { type: "string", default: "2000" }, cuts: { type: "string", default: "500" } },
});
const wanted = { seed: Number(values.seed), bits: Number(values.bits), cuts: Number(values.cuts) };

const victim = await makeVictim();
const sentences = new Map<string, number>();
for (const [what, other] of [
  ["another archive", await makeVictim()],
  ["one with the same file key", await makeVictim(victim)],
] as const) {
  let count = 0;
  for (const altered of alterations(victim, other, wanted)) {
    const sentence = await refusalOf(altered, victim);
    sentences.set(sentence, (sentences.get(sentence) ?? 0) + 1);
    count++;
  }
  console.log(`${count} alterations, spliced with ${what}: all refused, nothing altered was given out.`);
}
for (const [sentence, count] of [...sentences].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(6)}  ${sentence}`);
