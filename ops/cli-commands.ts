import { PRODUCT_VERSION } from "#lib/installation.ts";

export interface CliCommand {
  /** How it is called: "catalogue rebuild <destination>". */
  usage: string;
  /** What it does, in a line. */
  summary: string;
  /** Returns the exit code. Throws with one line for the operator. */
  run(args: string[]): Promise<number>;
}

/** What operators can do at the shell; a new command is a line here, and its words are those it begins with. */
export const cliCommands: Readonly<Record<string, CliCommand>> = {
  help: { usage: "help", summary: "Lists the commands.", run: async () => printHelp() },
  version: {
    usage: "version",
    summary: "Prints the version of Holdfast.",
    run: async () => {
      console.log(PRODUCT_VERSION);
      return 0;
    },
  },
  "catalogue rebuild": {
    usage: "catalogue rebuild --tenant … --destination …",
    summary: "Adds to a tenant's catalogue what lies in a destination; without --tenant, says what else it takes.",
    run: async (args) => (await import("./catalogue-rebuild.ts")).rebuildFromDestination(args),
  },
  "clock confirm": {
    usage: "clock confirm",
    summary: "Says that the clock is right after it was doubted, so that retention and the trash go on for all tenants.",
    run: async () => (await import("./confirm-clock.ts")).confirmClockAtShell(),
  },
  "master-key rotate": {
    usage: "master-key rotate",
    summary: "Gives the installation, stopped, another master key: all tenants' data keys are wrapped anew in one transaction.",
    run: async () => (await import("./rotate-master-key.ts")).rotateMasterKey(),
  },
  migration: {
    usage: "migration <name>",
    summary: "Writes a migration that brings the database to what prisma/schema.prisma says (for developers).",
    run: async ([name]) => (await import("./new-migration.ts")).writeMigration(name ?? ""),
  },
};

function printHelp(): number {
  const width = Math.max(...Object.values(cliCommands).map((command) => command.usage.length));
  for (const { usage, summary } of Object.values(cliCommands)) console.log(`npm run cli -- ${usage.padEnd(width)}  ${summary}`);
  return 0;
}
