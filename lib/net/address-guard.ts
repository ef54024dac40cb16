import type http from "node:http";
import type https from "node:https";
import net from "node:net";
import { ConnectorError } from "#lib/errors.ts";
import { createAddressRules, type AddressRules, type AllowedNetworks } from "#lib/net/address-rules.ts";
import { type AgentOptions, createGuardedAgents } from "#lib/net/guarded-agents.ts";
import { createNameResolver, type ResolveName } from "#lib/net/resolve-name.ts";

export interface ConnectOptions {
  /** A name or an address in any spelling. */
  host: string;
  port: number;
  signal?: AbortSignal | undefined;
  /** For the look-up and the connection together; 20 seconds when absent. */
  timeoutMs?: number | undefined;
}

/** Judges the addresses that users give, at the moment they are connected to. */
export interface AddressGuard {
  /** Throws AddressRefusedError unless `address` is an address that may be connected to. No name is looked up. */
  check(address: string): void;
  /**
   * Opens a TCP connection: a literal is judged before, a name's addresses are all judged before the first is tried,
   * and the connected socket's own remote address is judged again.
   * Throws AddressRefusedError, or UnreachableError with the reason in a sentence.
   */
  connect(options: ConnectOptions): Promise<net.Socket>;
  /** Agents for HTTP clients whose every connection goes through `connect`. The caller destroys them. */
  httpAgents(options?: AgentOptions): { http: http.Agent; https: https.Agent };
}

export interface AddressGuardOptions {
  /** CIDRs that may be connected to although they are not public. */
  allowed: AllowedNetworks;
  /** All addresses of a name; those of the name servers and of the operating system by default. */
  resolve?: ResolveName;
  /** Opens a socket to a judged address; `net.connect` by default. */
  connect?: (options: { host: string; port: number }) => net.Socket;
}

/** The address lies in a network that this installation does not open to users' input. */
class AddressRefusedError extends ConnectorError {
  constructor(host: string) {
    super(
      "address-refused",
      `"${host}" lies in a private or reserved network, which this installation does not connect to; ` +
        "its operator can allow that network with HOLDFAST_ALLOWED_NETWORKS.",
    );
  }
}

/** Nobody answers there; the message says in which way. */
class UnreachableError extends ConnectorError {
  constructor(message: string, options?: ErrorOptions) {
    super("unreachable", message, options);
  }
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** Throws RangeError naming the entry of `allowed` that is not a network. */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const rules = createAddressRules(options.allowed);
  const resolve = options.resolve ?? createNameResolver();
  const open = options.connect ?? ((target) => net.connect({ ...target, autoSelectFamily: false, noDelay: true, keepAlive: true }));

  async function connect({ host, port, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: ConnectOptions): Promise<net.Socket> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
      const addresses = await abortable(judgedAddresses({ host, signal: either }, rules, resolve), either);
      return await connectToFirst(addresses, { host, port, signal: either }, rules, open);
    } catch (error) {
      if (timeout.aborted && !signal?.aborted) {
        throw new UnreachableError(
          `${host}:${port} did not answer within ${timeoutMs / 1000} seconds; check the address and the firewall.`,
        );
      }
      throw error;
    }
  }

  return {
    check(address) {
      if (!rules.allows(address)) throw new AddressRefusedError(address);
    },
    connect,
    httpAgents: (agentOptions) => createGuardedAgents(connect, agentOptions),
  };
}

async function judgedAddresses(
  { host, signal }: { host: string; signal: AbortSignal },
  rules: AddressRules,
  resolve: ResolveName,
): Promise<string[]> {
  const literal = rules.normalize(host);
  const addresses = literal === null ? await resolve(host, signal).catch((error: unknown) => failLookUp(host, error, signal)) : [literal];
  if (addresses.length === 0) throw new UnreachableError(`The name "${host}" has no address.`);
  // One bad address refuses the name: else an attacker mixes a good one in and waits for the other.
  if (!addresses.every((address) => rules.allows(address))) throw new AddressRefusedError(host);
  return addresses;
}

async function connectToFirst(
  addresses: string[],
  target: { host: string; port: number; signal: AbortSignal },
  rules: AddressRules,
  open: NonNullable<AddressGuardOptions["connect"]>,
): Promise<net.Socket> {
  let failure: unknown = new UnreachableError(`The name "${target.host}" has no address.`);
  for (const address of addresses) {
    target.signal.throwIfAborted();
    try {
      const socket = await opened(open({ host: address, port: target.port }), target.signal);
      if (socket.remoteAddress !== undefined && rules.allows(socket.remoteAddress)) return socket;
      socket.destroy();
      throw new AddressRefusedError(target.host);
    } catch (error) {
      failure = error;
    }
  }
  throw asUnreachable(failure, target);
}

function opened(socket: net.Socket, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(abortReason(signal));
    const settle = () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("connect", onConnect).off("close", onClose);
    };
    const onError = (error: Error) => {
      settle();
      // A late error of a socket that is already given up has nobody left to tell.
      socket.on("error", () => undefined);
      reject(error);
    };
    const onClose = () => onError(new Error("The connection closed before it was made."));
    const onConnect = () => {
      settle();
      resolve(socket);
    };
    socket.once("error", onError).once("connect", onConnect).once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function asUnreachable(error: unknown, { host, port, signal }: { host: string; port: number; signal: AbortSignal }): unknown {
  if (signal.aborted || error instanceof ConnectorError) return error;
  const reason = REASONS[errorCode(error)] ?? "could not be reached; check the address and the network.";
  return new UnreachableError(`${host}:${port} ${reason}`, { cause: error });
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: "refused the connection; check the port and that the service is running.",
  ECONNRESET: "closed the connection at once; check the port.",
  EHOSTUNREACH: "is not reachable from here: no route to the host.",
  ENETUNREACH: "is not reachable from here: no route to its network.",
  ETIMEDOUT: "did not answer; check the address and the firewall.",
};

/** What getaddrinfo and c-ares say where nobody said that there is no such name. */
const NOT_LOOKED_UP = new Set(["EAI_AGAIN", "ETIMEOUT", "ESERVFAIL", "ECONNREFUSED"]);

function failLookUp(host: string, error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  const what = NOT_LOOKED_UP.has(errorCode(error))
    ? "could not be looked up just now; check that its name server answers."
    : "is not known to the name server; check its spelling.";
  throw new UnreachableError(`The name "${host}" ${what}`, { cause: error });
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The connection was given up.");
}

/** What the operating system looks up cannot be cancelled, so its answer is left behind. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
