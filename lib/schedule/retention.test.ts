import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { isGood, planRetention } from "#lib/schedule/retention.ts";
import type { RetainedBackup } from "#lib/schedule/retention.ts";
import type { Retention } from "#lib/schedule/schemas.ts";

const now = new Date("2026-07-15T12:00:00Z");
let serial = 0;

function backup(createdAt: string, change: Partial<RetainedBackup> = {}): RetainedBackup {
  serial += 1;
  const fixed = { id: `bak_${serial}`, proven: "valid", pinned: false, trigger: "schedule", policyId: "pol_1", systemId: "sys_1" };
  return { ...fixed, createdAt: new Date(createdAt), ...change };
}

function keptDays(backups: RetainedBackup[], retention: Retention, timeZone = "UTC"): string[] {
  const kept = new Set(keptIds(backups, retention, timeZone));
  return backups.filter(({ id }) => kept.has(id)).map(({ createdAt }) => createdAt.toISOString().slice(0, 13));
}

function keptIds(backups: RetainedBackup[], retention: Retention, timeZone = "UTC"): string[] {
  return planRetention({ backups, retention, now, timeZone })
    .filter(({ keep }) => keep)
    .map(({ id }) => id);
}

describe("rules", () => {
  const week = ["2026-07-15T01", "2026-07-14T13", "2026-07-14T01", "2026-07-12T01", "2026-07-01T01", "2026-06-30T01", "2025-12-31T23"];
  const backups = week.map((hour) => backup(`${hour}:00:00Z`));

  it.each<[Retention, string[]]>([
    [{ keepLast: 2 }, ["2026-07-15T01", "2026-07-14T13"]],
    [{ keepDays: 2 }, ["2026-07-15T01", "2026-07-14T13", "2026-07-14T01"]],
    [{ keepDaily: 3 }, ["2026-07-15T01", "2026-07-14T13", "2026-07-12T01"]],
    [{ keepWeekly: 2 }, ["2026-07-15T01", "2026-07-12T01"]],
    [{ keepMonthly: 2 }, ["2026-07-15T01", "2026-06-30T01"]],
    [{ keepYearly: 5 }, ["2026-07-15T01", "2025-12-31T23"]],
    [{ keepLast: 1, keepYearly: 2 }, ["2026-07-15T01", "2025-12-31T23"]],
  ])("%j", (retention, expected) => {
    expect(keptDays(backups, retention)).toEqual(expected);
  });

  it("parts the days at the zone's own midnight", () => {
    const late = [backup("2026-07-15T01:00:00Z"), backup("2026-07-14T23:00:00Z"), backup("2026-07-14T21:00:00Z")];
    expect(keptDays(late, { keepDaily: 1 }, "UTC")).toEqual(["2026-07-15T01"]);
    expect(keptDays(late, { keepDaily: 2 }, "Europe/Berlin")).toEqual(["2026-07-15T01", "2026-07-14T21"]);
  });

  it("says why", () => {
    const pinned = backup("2020-01-01T00:00:00Z", { pinned: true });
    const old = backup("2020-01-02T00:00:00Z");
    const decisions = planRetention({
      backups: [...backups, pinned, old],
      retention: { keepLast: 2, keepMonthly: 2 },
      now,
      timeZone: "UTC",
    });
    const reason = (id?: string) => decisions.find((decision) => decision.id === id)?.reason;
    expect(reason(backups[0]?.id)).toBe("The newest good backup of the system");
    expect(reason(backups[1]?.id)).toBe("One of the last 2");
    expect(reason(backups[5]?.id)).toBe("The one of the month 2026-06");
    expect(reason(pinned.id)).toBe("It is pinned");
    expect(reason(old.id)).toBe("No rule keeps it");
  });
});

describe("counting", () => {
  it("is apart per system, policy and trigger", () => {
    const backups = [
      backup("2026-07-15T05:00:00Z", { trigger: "manual" }),
      backup("2026-07-15T04:00:00Z", { systemId: "sys_2" }),
      backup("2026-07-15T03:00:00Z", { policyId: "pol_2" }),
      backup("2026-07-15T02:00:00Z"),
      backup("2026-07-15T01:00:00Z"),
    ];
    expect(keptDays(backups, { keepLast: 1 })).toEqual(["2026-07-15T05", "2026-07-15T04", "2026-07-15T03", "2026-07-15T02"]);
  });

  it("does not let backups that were never proven push good ones out", () => {
    const broken = Array.from({ length: 5 }, (_, hour) => backup(`2026-07-15T0${hour + 2}:00:00Z`, { proven: "stored" }));
    const good = [backup("2026-07-14T01:00:00Z"), backup("2026-07-13T01:00:00Z")];
    expect(keptIds([...broken, ...good], { keepLast: 2 })).toEqual(expect.arrayContaining(good.map(({ id }) => id)));
  });
});

describe("for any backups and rules", () => {
  const day = fc.integer({ min: -3, max: 900 });
  const anyBackup = fc
    .record({
      day,
      proven: fc.constantFrom("stored", "intact", "decryptable", "valid", "rehearsed", "restored"),
      pinned: fc.boolean(),
      trigger: fc.constantFrom("schedule", "manual"),
      policyId: fc.constantFrom("pol_1", "pol_2", null),
      systemId: fc.constantFrom("sys_1", "sys_2"),
    })
    .map(({ day: age, ...rest }) => backup(new Date(now.getTime() - age * 31_000_000).toISOString(), rest));
  const backups = fc.array(anyBackup, { maxLength: 40 });
  const count = fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined });
  const retention = fc
    .record({ keepLast: count, keepDays: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count })
    .filter((rules) => Object.values(rules).some((value) => value !== undefined));

  it("never gives up the newest good one of a system, nor a pinned one", () => {
    fc.assert(
      fc.property(backups, retention, (all, rules) => {
        const kept = new Set(keptIds(all, rules));
        for (const systemId of ["sys_1", "sys_2"]) {
          const good = all.filter((one) => one.systemId === systemId && isGood(one)).map((one) => one.createdAt.getTime());
          const newest = Math.max(...good);
          expect(good.length === 0 || all.some((one) => kept.has(one.id) && one.createdAt.getTime() === newest && isGood(one))).toBe(true);
        }
        expect(all.filter((one) => one.pinned && !kept.has(one.id))).toEqual([]);
      }),
    );
  });

  it("keeps at least as much when a rule grows", () => {
    fc.assert(
      fc.property(
        backups,
        retention,
        fc.constantFrom<keyof Retention>("keepLast", "keepDays", "keepDaily", "keepYearly"),
        (all, rules, name) => {
          const larger = new Set(keptIds(all, { ...rules, [name]: (rules[name] ?? 0) + 1 }));
          expect(keptIds(all, rules).filter((id) => !larger.has(id))).toEqual([]);
        },
      ),
    );
  });

  it("gives up nothing more when asked again about what is left, and decides about each once", () => {
    fc.assert(
      fc.property(backups, retention, (all, rules) => {
        const decisions = planRetention({ backups: all, retention: rules, now, timeZone: "Europe/Berlin" });
        expect(decisions.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        const left = all.filter((_, index) => decisions[index]?.keep);
        expect(keptIds(left, rules, "Europe/Berlin")).toHaveLength(left.length);
      }),
    );
  });
});
