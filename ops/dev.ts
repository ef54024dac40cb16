import { once } from "node:events";
import { COLLECTOR_OPTIONS } from "#lib/archive/collector.ts";
import { env } from "#lib/env.ts";
import { runCommand } from "./command.ts";
import { prepareInstallation } from "./prepare-installation.ts";
import { start, supervise } from "./supervise.ts";

const drainMs = 5_000;

// Development: web builds pages as they are asked for, the worker starts again after every edit.
await runCommand(async () => {
  const stopRequested = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
  });
  const settings = env();
  const installation = await prepareInstallation(settings);
  const environment = { ...installation.environment, NODE_ENV: "development" as const };
  const firstStart = start({ args: ["ops/first-start.ts"], environment: { ...process.env, ...environment } });
  firstStart.on("message", (message) => console.log(message));
  await once(firstStart, "exit");
  const next = ["node_modules/next/dist/bin/next", "dev", "-H", settings.HOLDFAST_HOST, "-p", String(settings.PORT)];
  const programs = [
    supervise({
      name: "worker",
      args: [...COLLECTOR_OPTIONS, "--watch", "--watch-preserve-output", "worker/main.ts"],
      environment,
      drainMs,
    }),
    supervise({ name: "web", args: next, environment, drainMs }),
  ];
  await stopRequested;
  for (const program of programs) await program.stop();
  await installation.database?.stop();
  return 0;
});
