import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { isGood, planRetention, type RetainedBackup } from "#lib/schedule/retention.ts";
import type { Retention } from "#lib/schedule/schemas.ts";

const now = new Date("2026-07-15T12:00:00Z");
const DAY_MS = 86_400_000;
let serial = 0;

function backup(createdAt: string | Date, change: Partial<RetainedBackup> = {}): RetainedBackup {
  serial += 1;
  return {
    id: `bak_${serial}`,
    systemId: "sys_1",
    policyId: "pol_1",
    trigger: "schedule",
    origin: "run",
    authenticity: "own",
    proven: "valid",
    hasStoredCopy: true,
    pinned: false,
    pinnedUntil: null,
    retentionHeld: false,
    createdAt: new Date(createdAt),
    ...change,
  };
}

const daysAgo = (days: number, change: Partial<RetainedBackup> = {}) => backup(new Date(now.getTime() - days * DAY_MS), change);

function decide(backups: RetainedBackup[], retention: Retention, timeZone = "UTC") {
  return planRetention({ backups, policyId: "pol_1", systemIds: ["sys_1", "sys_2"], retention, now, timeZone });
}

function keptDays(backups: RetainedBackup[], retention: Retention, timeZone = "UTC"): string[] {
  const kept = new Set(keptIds(backups, retention, timeZone));
  return backups.filter(({ id }) => kept.has(id)).map(({ createdAt }) => createdAt.toISOString().slice(0, 13));
}

function keptIds(backups: RetainedBackup[], retention: Retention, timeZone = "UTC"): string[] {
  return decide(backups, retention, timeZone)
    .filter(({ keep }) => keep)
    .map(({ id }) => id);
}

function reasonFor(one: RetainedBackup, others: RetainedBackup[], retention: Retention = { keepLast: 1 }): string {
  const found = decide([one, ...others], retention)[0];
  return `${found?.keep ? "keep" : "delete"}: ${found?.reason ?? ""}`;
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

  it("counts ISO weeks, which belong to the year of their Thursday", () => {
    const days = ["2027-01-03T01", "2027-01-01T01", "2026-12-28T01", "2026-12-27T01", "2026-01-04T01", "2025-12-29T01"];
    const kept = keptDays(
      days.map((hour) => backup(`${hour}:00:00Z`)),
      { keepWeekly: 3 },
    );
    expect(kept).toEqual(["2027-01-03T01", "2026-12-27T01", "2026-01-04T01"]);
  });

  it("says why", () => {
    const old = backup("2020-01-02T00:00:00Z");
    const decisions = decide([...backups, old], { keepLast: 2, keepMonthly: 2 });
    const reason = (id?: string) => decisions.find((decision) => decision.id === id)?.reason;
    expect(reason(backups[0]?.id)).toBe("The newest good backup of the system");
    expect(reason(backups[1]?.id)).toBe("One of the last 2");
    expect(reason(backups[5]?.id)).toBe("The one of the month 2026-06");
    expect(reason(old.id)).toBe("No rule keeps it");
  });
});

describe("what no rule decides about", () => {
  const newer = [daysAgo(1), daysAgo(2)];
  const hour = 3_600_000;

  it.each<[Partial<RetainedBackup>, string]>([
    [{ pinned: true }, "keep: It is pinned"],
    [{ pinnedUntil: new Date(now.getTime() + hour) }, "keep: It is pinned until 2026-07-15"],
    [{ pinnedUntil: new Date(now.getTime() - hour) }, "delete: No rule keeps it"],
    [{ origin: "import" }, "keep: It was imported: only a person deletes it"],
    [{ origin: "rebuild", authenticity: "foreign" }, "keep: Nobody vouches for it: only a person deletes it"],
    [{ origin: "rebuild", retentionHeld: true }, "keep: Retention waits until somebody confirms what it would do"],
    [{ origin: "rebuild", authenticity: "signed" }, "delete: No rule keeps it"],
    [{ policyId: "pol_2" }, "keep: Another policy made it"],
    [{ policyId: null, trigger: "person" }, "keep: No policy made it: only a person deletes it"],
    [{ policyId: null, trigger: "safety", pinnedUntil: new Date(now.getTime() + hour) }, "keep: It is pinned until 2026-07-15"],
    [{ policyId: null, trigger: "safety", pinnedUntil: new Date(0) }, "keep: A safety backup: only a person deletes it"],
    [{ systemId: "sys_3" }, "keep: The policy no longer backs this system up: only a person deletes it"],
    [{}, "delete: No rule keeps it"],
  ])("%j", (change, expected) => {
    expect(reasonFor(daysAgo(9, change), newer)).toBe(expected);
  });
});

describe("the newest good backup of a system", () => {
  const rules = { keepDays: 7 };

  it("stays when no new one comes, however old it is", () => {
    expect(reasonFor(daysAgo(400), [daysAgo(500)], rules)).toBe("keep: The newest good backup of the system");
    expect(reasonFor(daysAgo(500), [daysAgo(400)], rules)).toBe("delete: No rule keeps it");
  });

  it.each<Partial<RetainedBackup>>([
    { proven: "decryptable" },
    { hasStoredCopy: false },
    { authenticity: "foreign" },
    { origin: "import" },
    { retentionHeld: true, origin: "rebuild" },
  ])("is never one with %j: then the one before it stays too", (change) => {
    expect(reasonFor(daysAgo(400), [daysAgo(300, change)], rules)).toBe("keep: The newest good backup of the system");
  });

  it.each(["person", "change", "safety"])("that was scheduled stays beside a newer one by the trigger %s", (trigger) => {
    const reason = reasonFor(daysAgo(400), [daysAgo(1, { trigger })], rules);
    expect(reason).toBe("keep: The newest good scheduled backup of the system");
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
  /** One deviation at a time is what rules get wrong: most of everything is as usual. */
  const mostly = <Value>(usual: Value, ...others: Value[]) =>
    fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
  const anyBackup = fc
    .record({
      ageHours: fc.integer({ min: 0, max: 900 * 24 }),
      proven: mostly("valid", "stored", "intact", "decryptable", "rehearsed", "restored"),
      hasStoredCopy: mostly(true, false),
      pinned: mostly(false, true),
      pinnedUntil: mostly(null, new Date(now.getTime() - 1), new Date(now.getTime() + 1)),
      trigger: mostly("schedule", "change", "person", "safety"),
      policyId: mostly<string | null>("pol_1", "pol_2", null),
      systemId: mostly("sys_1", "sys_2", "sys_3"),
      origin: mostly("run", "import", "rebuild"),
      authenticity: mostly("own", "signed", "foreign"),
      retentionHeld: mostly(false, true),
    })
    .map(({ ageHours, ...rest }) => backup(new Date(now.getTime() - ageHours * 3_600_000), rest));
  const plain = fc.integer({ min: 0, max: 900 * 24 }).map((ageHours) => daysAgo(ageHours / 24));
  const history = fc.array(fc.oneof(anyBackup, plain), { maxLength: 60 });
  const count = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 2 });
  const retention = fc
    .record({ keepLast: count, keepDays: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count })
    .filter((rules) => Object.values(rules).some((value) => value !== undefined));
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Africa/Casablanca");
  const seeded = { seed: 20_261_122, numRuns: 400 };

  it("never gives up what is pinned, imported, held, foreign, or another's", () => {
    fc.assert(
      fc.property(history, retention, zone, (all, rules, timeZone) => {
        const kept = new Set(keptIds(all, rules, timeZone));
        const lost = all.filter((one) => !kept.has(one.id));
        expect(lost.filter((one) => one.pinned || (one.pinnedUntil && one.pinnedUntil > now) || one.retentionHeld)).toEqual([]);
        expect(lost.filter((one) => one.origin === "import" || one.authenticity === "foreign" || one.trigger === "safety")).toEqual([]);
        expect(lost.filter((one) => one.policyId !== "pol_1" || one.systemId === "sys_3")).toEqual([]);
      }),
      seeded,
    );
  });

  it("leaves every system that has a good backup a good one, the newest", () => {
    fc.assert(
      fc.property(history, retention, zone, (all, rules, timeZone) => {
        const kept = new Set(keptIds(all, rules, timeZone));
        for (const systemId of ["sys_1", "sys_2", "sys_3"]) {
          const good = all.filter((one) => one.systemId === systemId && isGood(one));
          const newest = Math.max(...good.map((one) => one.createdAt.getTime()));
          expect(good.length === 0 || good.some((one) => kept.has(one.id) && one.createdAt.getTime() === newest)).toBe(true);
        }
      }),
      seeded,
    );
  });

  it("never lets broken, on-demand, change-triggered, foreign or other policies' backups push a good scheduled one out", () => {
    const intruder = fc
      .record({
        backup: fc.oneof(plain, anyBackup),
        change: fc.constantFrom<Partial<RetainedBackup>>(
          { proven: "stored", trigger: "schedule" },
          { hasStoredCopy: false, trigger: "schedule" },
          { trigger: "person" },
          { trigger: "change" },
          { authenticity: "foreign", origin: "rebuild" },
          { origin: "import" },
          { retentionHeld: true, origin: "rebuild" },
        ),
      })
      .map(({ backup: one, change }) => ({ ...one, policyId: "pol_1", ...change }));
    fc.assert(
      fc.property(history, fc.array(intruder, { maxLength: 40 }), retention, zone, (all, more, rules, timeZone) => {
        const after = new Set(keptIds([...all, ...more], rules, timeZone));
        const good = all.filter((one) => one.trigger === "schedule" && isGood(one)).map(({ id }) => id);
        const before = keptIds(all, rules, timeZone).filter((id) => good.includes(id));
        expect(before.filter((id) => !after.has(id))).toEqual([]);
      }),
      seeded,
    );
  });

  it("keeps at least as much when a rule grows", () => {
    const rule = fc.constantFrom<keyof Retention>("keepLast", "keepDays", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly");
    fc.assert(
      fc.property(history, retention, rule, zone, (all, rules, name, timeZone) => {
        const larger = new Set(keptIds(all, { ...rules, [name]: (rules[name] ?? 0) + 1 }, timeZone));
        expect(keptIds(all, rules, timeZone).filter((id) => !larger.has(id))).toEqual([]);
      }),
      seeded,
    );
  });

  it("gives up nothing more when asked again about what is left, and decides about each once", () => {
    fc.assert(
      fc.property(history, retention, zone, (all, rules, timeZone) => {
        const decisions = decide(all, rules, timeZone);
        expect(decisions.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        const left = all.filter((_, index) => decisions[index]?.keep);
        expect(keptIds(left, rules, timeZone)).toHaveLength(left.length);
      }),
      seeded,
    );
  });
});
