import { expect, test } from "vitest";
import type { Row } from "./cases.ts";
import { medians } from "./report.ts";

const row = (of: Pick<Row, "case" | "who">, wallMs: number, cpuMs: number, peakMiB: number, storedBytes: number): Row => ({
  ...of,
  ...{ wallMs, cpuMs, peakMiB, storedBytes },
});
const packed = { case: "pack", who: "holdfast" } as const;
const unpacked = { case: "unpack", who: "holdfast" } as const;
const piped = { case: "pack", who: "pipeline" } as const;

test("of three rounds by turns, each figure of a case and program is its middle one, and packing comes first", () => {
  const rounds = [
    [row(unpacked, 40, 50, 60, 70), row(packed, 900, 10.4, 128, 5), row(piped, 1, 1, 1, 1)],
    [row(unpacked, 41, 30, 61, 70), row(packed, 1000, 9, 130, 7), row(piped, 3, 3, 3, 3)],
    [row(unpacked, 39, 40, 10_000, 70), row(packed, 99, 200, 126, 6), row(piped, 2, 2, 2, 2)],
  ];
  expect(medians(rounds.flat())).toEqual([row(packed, 900, 10, 128, 6), row(piped, 2, 2, 2, 2), row(unpacked, 40, 40, 61, 70)]);
});
