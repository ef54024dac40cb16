/** Runs a command: what it returns is the exit code; what it throws is told in one line, because it was written for a person. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    if (process.env["LOG_LEVEL"] === "debug") console.error(error);
    process.exitCode = 1;
  }
  // What holds the event loop by now is of no use any more.
  process.exit();
}
