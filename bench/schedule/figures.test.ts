import { describe, expect, it } from "vitest";
import { figuresOf } from "./figures.ts";
import { sharesOf } from "./shares.ts";

describe("sharesOf", () => {
  it.each([
    [10_000, 500, 2000, 50],
    [1000, 50, 200, 5],
    [8, 3, 2, 1],
  ])("%d systems", (systems, tenants, biggest, single) => {
    const shares = sharesOf(systems);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(systems);
    expect([shares.length, shares[0], shares.slice(1).filter((share) => share === 1).length]).toEqual([tenants, biggest, single]);
  });

  it("refuses fewer than there are kinds of tenants", () => {
    expect(() => sharesOf(3)).toThrow("--systems");
  });
});

describe("figuresOf", () => {
  const run = (tenantId: string, seconds: number) => ({ tenantId, dueAt: 0, startedAt: seconds * 1000, finishedAt: seconds * 1000 + 500 });
  const night = (single: number) => [
    ...[1, 2, 3, 4, 5, 30, 31, 32, 33].map((at) => run("big", at)),
    ...[2, 4, 6].map((at) => run("one", at)),
    ...[3, 4, 8].map((at) => run("two", at)),
    run("single", single),
  ];

  it("tells how long the tenants wait beside each other", () => {
    expect(figuresOf(night(2))).toEqual({
      runsPerMinute: Math.round(16 / (32.5 / 60)),
      latenessP50Ms: 4000,
      latenessP99Ms: 33_000,
      fairness: 1.25,
      others: 1,
      single: 0.5,
    });
  });

  it("counts the biggest tenant, however long it waits for itself", () => {
    const crowd = [100, 200, 300].map((at) => run("big", at));
    const small = [run("one", 10), run("one", 10), run("single", 10)];
    expect(figuresOf([...crowd, ...small])).toMatchObject({ fairness: 20, others: 1, single: 1 });
  });

  it("shows a small tenant that waits behind the big one", () => {
    expect(figuresOf(night(40))).toMatchObject({ fairness: 10, others: 10, single: 10 });
  });
});
