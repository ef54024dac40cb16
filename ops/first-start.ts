import { closeClients } from "#lib/db/client.ts";
import { ensureFirstOwner } from "#lib/tenants/first-start.ts";
import { runCommand } from "./command.ts";

// Its own process, because the launcher never signs in as one of the application's roles. Tells the launcher the set-up link, if there is one.
await runCommand(async () => {
  const { setupUrl } = await ensureFirstOwner();
  await new Promise<void>((sent) => (process.send ? process.send({ setupUrl }, () => sent()) : sent()));
  await closeClients();
  return 0;
});
