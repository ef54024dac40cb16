import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { COLLECTOR_OPTIONS } from "#lib/archive/collector.ts";
import { type Env, env } from "#lib/env.ts";
import { buildWhenChanged } from "./build.ts";
import { runCommand } from "./command.ts";
import { type Installation, prepareInstallation } from "./prepare-installation.ts";
import { start, type Supervised, supervise } from "./supervise.ts";

/** What a worker takes beyond the longest that it waits for. */
const workerEndMs = 20_000;
const webDrainMs = 5_000;
const webStartMs = 120_000;

await runCommand(async () => {
  const stopRequested = whenAskedToStop();
  const settings = env();
  const installation = await prepareInstallation(settings);
  const programs: Supervised[] = [];
  try {
    if (settings.HOLDFAST_ROLE !== "worker") buildWhenChanged();
    const setupUrl = settings.HOLDFAST_ROLE === "worker" ? null : await firstStart(installation);
    programs.push(...startPrograms(settings, installation));
    await Promise.race([stopRequested, announce(settings, setupUrl)]);
    const lost = installation.database?.exited.then(() => "the database");
    const reason = await Promise.race([stopRequested, ...(lost ? [lost] : [])]);
    if (reason === "the database")
      throw new Error("The embedded database ended by itself: its log is postgres/postgres.log in HOLDFAST_DATA.");
    console.log("Stopping …");
    return 0;
  } finally {
    for (const program of programs) await program.stop();
    await installation.database?.stop();
  }
});

/** A terminal and npm may both pass a signal on: the second is the same request. */
function whenAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  });
}

/** The owner and tenant from the environment, or a link to make them. */
async function firstStart({ environment }: Installation): Promise<string | null> {
  const { HOLDFAST_OWNER_EMAIL, HOLDFAST_OWNER_PASSWORD, HOLDFAST_TENANT } = process.env;
  const child = start({
    args: ["ops/first-start.ts"],
    environment: { ...environment, HOLDFAST_OWNER_EMAIL, HOLDFAST_OWNER_PASSWORD, HOLDFAST_TENANT },
  });
  let setupUrl: string | null = null;
  child.on("message", (message) => {
    if (typeof message === "object" && "setupUrl" in message && typeof message.setupUrl === "string") setupUrl = message.setupUrl;
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error("The first owner could not be made; the reason is above.");
  return setupUrl;
}

/** In the order in which they stop: the worker drains while web still answers. */
function startPrograms(settings: Env, installation: Installation): Supervised[] {
  const environment = { ...installation.environment, NODE_ENV: "production" as const };
  const drainMs = Math.max(settings.HOLDFAST_DRAIN_SECONDS, settings.HOLDFAST_RESTORE_DRAIN_SECONDS) * 1000 + workerEndMs;
  const worker = { name: "worker", args: [...COLLECTOR_OPTIONS, "worker/main.ts"], environment, drainMs };
  const next = ["node_modules/next/dist/bin/next", "start", "-H", settings.HOLDFAST_HOST, "-p", String(settings.PORT)];
  const web = { name: "web", args: next, environment, drainMs: webDrainMs };
  const { HOLDFAST_ROLE: role } = settings;
  return [...(role === "web" ? [] : [supervise(worker)]), ...(role === "worker" ? [] : [supervise(web)])];
}

async function announce(settings: Env, setupUrl: string | null): Promise<void> {
  if (settings.HOLDFAST_ROLE === "worker") {
    console.log("The worker is running.");
    return;
  }
  await webAnswers(settings);
  console.log(`Holdfast is running at ${settings.HOLDFAST_URL}`);
  if (setupUrl) console.log(`Set it up within 24 hours, with this link that works once: ${setupUrl}`);
}

async function webAnswers({ HOLDFAST_HOST: host, PORT: port }: Env): Promise<void> {
  const address = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  const deadline = Date.now() + webStartMs;
  for (;;) {
    const answer = await fetch(`http://${address}:${port}/api/health`).catch(() => null);
    if (answer) return;
    if (Date.now() > deadline) throw new Error("The web application does not answer; its own words are above.");
    await delay(100);
  }
}
