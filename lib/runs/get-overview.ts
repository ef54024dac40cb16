import { z } from "zod";
import { type LastBackup, lastBackupsOf, lastGoodBackupsOf } from "#lib/backups/last-backups.ts";
import { proofLevels } from "#lib/backups/schemas.ts";
import { overdueSince } from "#lib/alarms/overdue.ts";
import { readWorkers } from "#lib/alarms/read-workers.ts";
import { clockDoubtOf } from "#lib/clock/clock-doubt.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { dayStripsOf } from "#lib/runs/day-strip.ts";
import { judgeAll, judgeSystem } from "#lib/runs/judge-system.ts";
import { damageOf, incompleteBackups, onlyLocalBackups, promisesOf, unverifiedSinceOf, worryingKeys } from "#lib/runs/overview-facts.ts";
import { type Overview, type OverviewSystem, overviewSchema, runFailureSchema } from "#lib/runs/schemas.ts";
import { toRun, withNames } from "#lib/runs/to-run.ts";

const SHOWN_RUNS = 8;

export const getOverview = operation({
  name: "getOverview",
  summary: "The state of everything: each system's last backup, its last 30 days, what ran and what comes next.",
  http: { method: "GET", path: "/overview" },
  permission: "runs.read",
  input: z.object({}),
  output: overviewSchema,
  audit: "nothing: reads what everyone may see",
  run: async (db) => readOverview(db, await databaseNow(db)),
});

async function readOverview(db: Transaction, now: Date): Promise<Overview> {
  const rows = await db.system.findMany({ where: { deletedAt: null }, orderBy: { createdAt: "asc" } });
  const systemIds = rows.map((row) => row.id);
  const lastBackups = await lastBackupsOf(db, systemIds);
  const good = await lastGoodBackupsOf(db, systemIds);
  const systems = await readSystems(db, rows, { newest: lastBackups, good }, now);
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const known = [...lastBackups.values()];
  const newest = [...good.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  const least = known.toSorted((a, b) => levelOf(a) - levelOf(b) || a.createdAt.getTime() - b.createdAt.getTime())[0];
  const { recent, upcoming } = await readRuns(db);
  const clockDoubt = await clockDoubtOf(db, now);
  const workers = await readWorkers(db);
  const otherWarnings =
    (await worryingKeys(db, now)) + (clockDoubt === null ? 0 : 1) + (workers.trouble === null ? 0 : 1) + workers.wrongClocks.length;
  return {
    state: judgeAll(
      systems.map((system) => system.state),
      otherWarnings,
    ),
    counts: await count(db, systems, otherWarnings),
    lastGoodBackup: newest ? referenceTo(newest, names) : null,
    nextRun: upcoming.find((run) => run.status === "scheduled") ?? null,
    leastProven: least ? referenceTo(least, names) : null,
    systems,
    recent,
    upcoming,
    onlyOnThisMachine: systems.some((system) => system.onlyOnThisMachine),
  };
}

type SystemRow = Awaited<ReturnType<Transaction["system"]["findMany"]>>[number];

interface SystemBackups {
  newest: Map<string, LastBackup>;
  good: Map<string, LastBackup>;
}

async function readSystems(db: Transaction, rows: SystemRow[], backups: SystemBackups, now: Date): Promise<OverviewSystem[]> {
  const strips = await dayStripsOf(db, rows, now);
  const newest = [...backups.newest.values()];
  const onlyLocal = await onlyLocalBackups(db, newest);
  const unverified = await unverifiedSinceOf(db, newest);
  const incomplete = await incompleteBackups(db, newest);
  const systemIds = rows.map((row) => row.id);
  const promises = await promisesOf(db, systemIds);
  const damage = await damageOf(db, systemIds);
  const running = await db.run.findMany({ where: { status: { in: ["queued", "running"] } }, select: { systemId: true } });
  const lastRuns = await db.run.findMany({
    where: { systemId: { in: systemIds }, status: { in: ["completed", "partial", "failed", "missed"] } },
    distinct: ["systemId"],
    orderBy: [{ systemId: "asc" }, { dueAt: "desc" }],
    select: { systemId: true, status: true, failure: true },
  });
  return rows.map((row) => {
    const lastBackup = backups.newest.get(row.id) ?? null;
    const lastRun = lastRuns.find((run) => run.systemId === row.id);
    const promise = promises.bySystem.get(row.id) ?? null;
    const promiseHours = promise?.hours ?? null;
    const lastGoodAt = backups.good.get(row.id)?.createdAt ?? null;
    const onlyOnThisMachine = lastBackup !== null && onlyLocal.has(lastBackup.id);
    const facts = {
      isRunning: running.some((run) => run.systemId === row.id),
      lastRun: lastRun ? { status: lastRun.status, message: runFailureSchema.nullable().parse(lastRun.failure)?.message ?? null } : null,
      lastBackup,
      lastGoodAt,
      isIncomplete: lastBackup !== null && incomplete.has(lastBackup.id),
      promiseHours,
      overdueSince: promise && overdueSince(promise, lastGoodAt, now),
      isPaused: promises.paused.has(row.id),
      onlyOnThisMachine,
      damage: damage.get(row.id) ?? null,
      unverifiedSince: (lastBackup && unverified.get(lastBackup.id)) ?? null,
    };
    const { id, name, kind } = row;
    const lastBackupAt = lastBackup?.createdAt.toISOString() ?? null;
    return { id, name, kind, ...judgeSystem(facts), strip: strips.get(id) ?? [], lastBackupAt, promiseHours, onlyOnThisMachine };
  });
}

async function readRuns(db: Transaction): Promise<Pick<Overview, "recent" | "upcoming">> {
  const [recent, upcoming] = [
    await db.run.findMany({
      where: { status: { notIn: ["scheduled", "queued"] } },
      orderBy: [{ dueAt: "desc" }, { id: "desc" }],
      take: SHOWN_RUNS,
      include: withNames,
    }),
    await db.run.findMany({
      where: { status: { in: ["scheduled", "queued"] } },
      orderBy: [{ dueAt: "asc" }, { id: "asc" }],
      take: SHOWN_RUNS,
      include: withNames,
    }),
  ];
  return { recent: recent.map(toRun), upcoming: upcoming.map(toRun) };
}

async function count(db: Transaction, systems: OverviewSystem[], otherWarnings: number): Promise<Overview["counts"]> {
  const inState = (state: string) => systems.filter((system) => system.state === state).length;
  return {
    systems: systems.length,
    destinations: await db.destination.count({ where: { deletedAt: null } }),
    backups: await db.backup.count({ where: { status: "completed" } }),
    warnings: inState("warnings") + otherWarnings,
    attention: inState("attention"),
    running: await db.run.count({ where: { status: { in: ["queued", "running"] } } }),
  };
}

function levelOf(backup: LastBackup): number {
  return proofLevels.findIndex((level) => level === backup.proven);
}

function referenceTo(backup: LastBackup, names: Map<string, string>) {
  const { id, systemId, createdAt, proven } = backup;
  return { backupId: id, systemId, systemName: names.get(systemId) ?? "", createdAt: createdAt.toISOString(), proven };
}
