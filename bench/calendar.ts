import { parseArgs } from "node:util";
import { checkZone } from "./calendar/check-zone.ts";

// Every transition of every time zone over ten years, against a reading of the clock minute by minute: npm run bench calendar
// [-- --from 2020 --to 2030 --zone Europe/Berlin]. Ends with 1 when anything differs.

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "2020" },
    to: { type: "string", default: "2030" },
    zone: { type: "string", multiple: true },
  },
});
const [fromMs, toMs] = [values.from, values.to].map((year) => {
  if (!/^(19|20)\d\d$/.test(year)) throw new Error("--from and --to take a year from 1900 to 2099.");
  return Date.UTC(Number(year), 0, 1);
}) as [number, number];
const zones = values.zone ?? ["UTC", ...Intl.supportedValuesOf("timeZone")];
const startedAt = performance.now();
const sum = { transitions: 0, occurrences: 0, questions: 0, faults: 0 };

for (const [index, zone] of zones.entries()) {
  const { transitions, occurrences, questions, faults } = checkZone(zone, fromMs, toMs);
  sum.transitions += transitions;
  sum.occurrences += occurrences;
  sum.questions += questions;
  sum.faults += faults.length;
  for (const fault of faults.slice(0, 5)) console.log(fault);
  if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${zones.length}: ${zone}\u001B[K`);
}
if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");

const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(
  `${zones.length} zones, ${sum.transitions} transitions from ${values.from} to ${values.to} (time zone data ${process.versions["tz"] ?? "unknown"}): ` +
    `${sum.occurrences} occurrences and ${sum.questions} moments compared in ${seconds} s, ${sum.faults} differ.`,
);
process.exitCode = sum.faults === 0 ? 0 : 1;
