import { spawn } from "node:child_process";

/**
 * Runs a shell line in a terminal of its own and answers each prompt with the next line: age reads passphrases from a terminal only.
 * Resolves with what was shown; rejects with it when the line fails.
 */
export function runInTerminal(line: string, options: { cwd: string; prompt: RegExp; answers: string[] }): Promise<string> {
  return new Promise((resolve, reject) => {
    const terminal = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    const answers = [...options.answers];
    let output = "";
    let answered = 0;
    terminal.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      const prompts = output.match(new RegExp(options.prompt, "g"))?.length ?? 0;
      for (; answered < prompts && answers.length > 0; answered += 1) terminal.stdin.write(`${answers.shift() ?? ""}\r`);
    });
    terminal.once("error", reject);
    terminal.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`“${line}” ended with ${code}: ${output}`));
    });
  });
}
