import { cliCommands } from "./cli-commands.ts";
import { runCommand } from "./command.ts";

// Operator commands: one or two words name them, the rest are their arguments.
await runCommand(async () => {
  const words = process.argv.slice(2);
  for (const length of [2, 1]) {
    const command = cliCommands[words.slice(0, length).join(" ")];
    if (command && words.length >= length) return command.run(words.slice(length));
  }
  if (words.length === 0) return (await cliCommands["help"]?.run([])) ?? 0;
  console.error(`There is no command ${words.join(" ")}. See npm run cli -- help.`);
  return 1;
});
