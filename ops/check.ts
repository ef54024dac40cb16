import { runCheck, staticChecks } from "./checks.ts";
import { runCommand } from "./command.ts";

// Everything that can be known without a server.
await runCommand(async () => {
  const unit = { name: "unit tests", command: "vitest run --project unit --reporter=dot" };
  const results = await Promise.all([...staticChecks, unit].map(runCheck));
  const failed = results.filter((result) => !result.ok).map((result) => result.name);
  console.log(failed.length === 0 ? "All checks passed." : `Failed: ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
});
