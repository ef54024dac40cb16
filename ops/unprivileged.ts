import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** `nobody` on every Linux; PostgreSQL refuses to run as root, and no account is made for it. */
const NOBODY = 65_534;

export interface UnprivilegedCommand {
  command: string;
  args: string[];
  /** Passed to spawn; empty where this process is not root itself. */
  identity: { uid?: number; gid?: number };
  /** Who must own what the command writes; null where nothing has to be given away. */
  owner: { uid: number; gid: number } | null;
}

/**
 * How to run a program that refuses to be root: as it is where we are not root, else as nobody.
 * Where a folder on the way to one of `paths` is closed to nobody (a clone under /root), util-linux' setpriv lets
 * the program through it with one capability.
 *
 * @throws when the folder is closed and setpriv is not there
 */
export function unprivileged(command: string, args: string[], paths: string[]): UnprivilegedCommand {
  if (process.getuid?.() !== 0) return { command, args, identity: {}, owner: null };
  const owner = { uid: NOBODY, gid: NOBODY };
  const closed = paths.flatMap(ancestors).find((folder) => (statSync(folder).mode & 0o001) === 0);
  if (!closed) return { command, args, identity: owner, owner };
  const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable);
  if (!setpriv) {
    throw new Error(
      `The embedded database must not run as root, and ${closed} is closed to other users. Run as an ordinary user, move the project and HOLDFAST_DATA out of it, or set DATABASE_URL.`,
    );
  }
  const capability = passageCapability();
  const wrapped = [
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ];
  return { command: setpriv, args: [...wrapped, "--", command, ...args], identity: {}, owner };
}

/** The weaker capability where this container has it. */
function passageCapability(): string {
  const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const DAC_READ_SEARCH = 2n;
  return (BigInt(`0x${bounding}`) >> DAC_READ_SEARCH) & 1n ? "dac_read_search" : "dac_override";
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
