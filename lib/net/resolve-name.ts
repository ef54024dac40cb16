import { lookup, Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";

/** All addresses of a name. Rejects with the code of c-ares or of getaddrinfo, or with what `signal` aborts with. */
export type ResolveName = (host: string, signal: AbortSignal) => Promise<string[]>;

export interface NameSources {
  /** Name servers, such as `127.0.0.1:5353`; the operating system's when absent. */
  servers?: readonly string[];
  /** The operating system's own way, which keeps a thread until it is done. */
  system?: (host: string) => Promise<string[]>;
}

/** How long one name server may be silent at first; the second time it may be longer. */
const ANSWERS_WITHIN_MS = 3000;
const TRIES = 2;
/** Of Node's four threads, which files and passwords need too. */
const SYSTEM_AT_ONCE = 2;

/** No such name or record, or no name server where one should be: the operating system may know another way (search domains, mDNS, directories). */
const ASK_SYSTEM = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED"]);

/**
 * Looks names up without keeping a thread for as long as a name server is silent: a user may choose a name for that, and four of them would stop all of the
 * process that needs a thread. The operating system itself is asked for names of the hosts file, which are there at once; and, a few at a time, for those of
 * the local network and those that no name server knows.
 */
export function createNameResolver({ servers, system = askSystem }: NameSources = {}): ResolveName {
  const askSystemInTurn = inTurn(system, SYSTEM_AT_ONCE);
  return async (host, signal) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    if (await isOfThisMachine(name)) return system(host);
    if (isOfLocalNetwork(name)) return askSystemInTurn(host, signal);
    try {
      return await askNameServer(host, servers, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayAskSystem(error)) throw error;
      return askSystemInTurn(host, signal);
    }
  };
}

async function askSystem(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address);
}

async function isOfThisMachine(name: string): Promise<boolean> {
  if (name === "localhost") return true;
  const lines = (await readFile("/etc/hosts", "utf8").catch(() => "")).toLowerCase().split("\n");
  return lines.some((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1).includes(name));
}

/** A name of one word, which search domains complete; or one that no name server is to be asked for (RFC 6761, RFC 6762). */
function isOfLocalNetwork(name: string): boolean {
  return !name.includes(".") || name.endsWith(".local") || name.endsWith(".localhost");
}

async function askNameServer(host: string, servers: readonly string[] | undefined, signal: AbortSignal): Promise<string[]> {
  // A new one each time: it reads anew which name servers there are, and cancelling it ends this look-up alone.
  const resolver = new Resolver({ timeout: ANSWERS_WITHIN_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.throwIfAborted();
  signal.addEventListener("abort", cancel, { once: true });
  const kinds = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  signal.removeEventListener("abort", cancel);
  const addresses = kinds.flatMap((kind) => (kind.status === "fulfilled" ? kind.value : []));
  if (addresses.length > 0) return addresses;
  const failures = kinds.flatMap((kind) => (kind.status === "rejected" ? [kind.reason as unknown] : []));
  throw failures.find((failure) => !mayAskSystem(failure)) ?? failures[0];
}

function mayAskSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error && ASK_SYSTEM.has(String(error.code));
}

/** Does `work` for at most so many at once. Whoever comes later waits, and is left out when nobody waits for it any more. */
function inTurn(work: (host: string) => Promise<string[]>, most: number): ResolveName {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (host, signal) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      signal.throwIfAborted();
      return await work(host);
    } finally {
      const begin = waiting.shift();
      if (begin) begin();
      else free += 1;
    }
  };
}
