import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { generatedDocuments } from "#ops/generated-documents.ts";

// Do the documents still tell the truth? Prints what is wrong, a line each, and then ends with 1.

/** Every way in which the tracked documents disagree with the tracked code, as sentences. */
export async function findProblems(): Promise<string[]> {
  const files = trackedFiles();
  const scripts = Object.keys((JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object }).scripts);
  const sources = files.filter((file) => /\.(ts|tsx|mjs|sql|prisma)$/.test(file));
  const problems = files.flatMap((file) => {
    const text = textOf(file);
    const own = text === null ? [] : speaksOfOthers(file, text);
    if (text === null || !isCheckedDocument(file)) return own;
    return [...own, ...deadPaths(file, text, files), ...deadScripts(file, text, scripts)];
  });
  if (files.includes("ARCHITECTURE.md")) {
    const words = new Set(sources.flatMap((file) => (textOf(file) ?? "").match(/\w+/g) ?? []));
    problems.push(...deadNames("ARCHITECTURE.md", readFileSync("ARCHITECTURE.md", "utf8"), words));
  }
  return [...problems, ...(await staleDocuments())];
}

/** Paths that a document names and that are not there: in backticks if they end like source code, anywhere if they start in a folder of ours. */
export function deadPaths(file: string, text: string, files: readonly string[]): string[] {
  const known = new Set(files.flatMap((path) => path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"))));
  const folders = [...new Set(files.filter((path) => /^\w[^/]*\//.test(path)).map((path) => path.split("/")[0]))];
  const ours = new RegExp(`(?<![\\w/.@-])(?:${folders.join("|")})/[\\w@.()[\\]/-]*(?![\\w@.()[\\]/*<…{-])`, "g");
  const inBackticks = Array.from(text.matchAll(/`([\w@.()[\]-]+\/[\w@.()[\]/-]+\.(?:tsx?|mjs|cjs|sql|prisma))`/g), ([, path = ""]) => path);
  const named = new Set([...inBackticks, ...(text.replaceAll("](", " (").match(ours) ?? [])].map((path) => path.replace(/[./)]+$/, "")));
  return [...named].filter((path) => !known.has(path)).map((path) => `${file} names ${path}, which does not exist.`);
}

/** Scripts that a document tells people to run and that package.json does not have. */
export function deadScripts(file: string, text: string, scripts: readonly string[]): string[] {
  const named = Array.from(text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g), ([, script, short]) => script ?? short ?? "");
  return [...new Set(named)]
    .filter((name) => !scripts.includes(name))
    .map((name) => `${file} names npm run ${name}, which does not exist.`);
}

/** Functions and types, written as `camelCase` or `PascalCase` in backticks, that no source file mentions. */
export function deadNames(file: string, text: string, words: ReadonlySet<string>): string[] {
  const named = Array.from(text.matchAll(/`([a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)(?:\([^`]*\))?`/g), ([, name = ""]) => name);
  return [...new Set(named)].filter((name) => !words.has(name)).map((name) => `${file} names ${name}, which no source file has.`);
}

/** The project speaks only of itself: no folder of somebody's machine, no address that packages once came from. */
export function speaksOfOthers(file: string, text: string): string[] {
  const problems: string[] = [];
  const machinePath = MACHINE_PATH.exec(text)?.[0];
  if (machinePath !== undefined) problems.push(`${file} names ${machinePath.trim()}, a path of one machine.`);
  if (file.endsWith("package-lock.json") && /"resolved": "https?:/.test(text)) {
    problems.push(
      `${file} names the registry its packages came from: take the "resolved" lines out (npm config omit-lockfile-registry-resolved).`,
    );
  }
  return problems;
}

/** Written in parts so that this file does not match itself. */
const MACHINE_PATH = new RegExp(`(?<![\\w.)}\\]*-])/(?:${["work", "root", "home"].join("|")})/\\w+`);

function isCheckedDocument(file: string): boolean {
  // Decisions are history: they name what was there on their day.
  return file.endsWith(".md") && (!file.includes("/") || file.startsWith("docs/")) && !file.startsWith("docs/decisions/");
}

async function staleDocuments(): Promise<string[]> {
  const stale = [];
  for (const { file, generate } of generatedDocuments) {
    if (textOf(file) !== (await generate())) stale.push(`${file} is not what the code says: run "node ops/check-docs.ts --write".`);
  }
  return stale;
}

async function writeGeneratedDocuments(): Promise<void> {
  for (const { file, generate } of generatedDocuments) writeFileSync(file, await generate());
}

/** Files under version control, and new ones that will be. */
function trackedFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  return [...new Set(listed.split("\0").filter(Boolean))];
}

/** A file as text, or null when it is binary or was removed and not yet committed. */
function textOf(file: string): string | null {
  try {
    const text = readFileSync(file, "utf8");
    return text.includes("\0") ? null : text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

// Last, because the constants above must exist by then.
if (import.meta.main) {
  if (process.argv.includes("--write")) await writeGeneratedDocuments();
  const problems = await findProblems();
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? "Documents are up to date." : `${problems.length} documentation problems.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
