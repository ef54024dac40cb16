import { defineConfig } from "vitest/config";

const ignored = ["node_modules/**", ".next/**", "data/**", ".cache/**"];
const workers = ["worker/**/*.integration.test.ts", "bench/**/*.integration.test.ts"];
/** Of those, the ones whose many processes are busy at the same time. */
const alone = [
  "worker/database-outage.integration.test.ts",
  "worker/destination-faults.integration.test.ts",
  "bench/kill.integration.test.ts",
];
const onServers = {
  globalSetup: ["e2e/servers/global-setup.ts"],
  setupFiles: ["e2e/servers/light-passphrases.ts"],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    // What programs log while they are tested matters only when it is an error.
    env: { LOG_LEVEL: "error" },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["**/*.test.{ts,tsx}"], exclude: [...ignored, "**/*.integration.test.ts"], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["**/*.integration.test.ts"],
          exclude: [...ignored, ...workers],
          ...onServers,
          // They wait for servers, disks and limits for half of their time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Real worker processes under leases of seconds, and benchmarks. Most of their time they wait, for a lease to end or a minute to come.
      {
        extends: true,
        test: {
          name: "workers",
          include: workers,
          exclude: [...ignored, ...alone],
          ...onServers,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      // They have the machine to themselves.
      {
        extends: true,
        test: { name: "alone", include: alone, exclude: ignored, ...onServers, maxWorkers: 1, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
