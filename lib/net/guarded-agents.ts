import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";

/** Of each connection. */
interface Limits {
  timeoutMs?: number;
  /** Ends connections that are being made; one that is made is the request's. */
  signal?: AbortSignal;
}

export interface AgentOptions extends Limits {
  /** Whether connections wait for another request. */
  keepAlive?: boolean;
}

type Connect = (target: { host: string; port: number } & Limits) => Promise<Socket>;
type OnSocket = (error: Error | null, socket: Duplex) => void;

const MAX_SOCKETS = 8;

/** HTTP agents that open their sockets with `connect`; TLS, where asked for, is spoken over such a socket. */
export function createGuardedAgents(
  connect: Connect,
  { keepAlive = true, ...limits }: AgentOptions = {},
): { http: http.Agent; https: https.Agent } {
  const options = { keepAlive, maxSockets: MAX_SOCKETS };
  return { http: new GuardedHttpAgent(connect, limits, options), https: new GuardedHttpsAgent(connect, limits, options) };
}

class GuardedHttpAgent extends http.Agent {
  readonly #open: (options: http.ClientRequestArgs) => Promise<Socket>;

  constructor(connect: Connect, limits: Limits, options: http.AgentOptions) {
    super(options);
    this.#open = (request) => connect({ ...targetOf(request, 80), ...limits });
  }

  override createConnection(options: http.ClientRequestArgs, callback?: OnSocket): undefined {
    hand(this.#open(options), callback);
  }
}

class GuardedHttpsAgent extends https.Agent {
  readonly #open: (options: http.ClientRequestArgs) => Promise<Socket>;

  constructor(connect: Connect, limits: Limits, options: https.AgentOptions) {
    super(options);
    this.#open = (request) => connect({ ...targetOf(request, 443), ...limits });
  }

  override createConnection(options: https.RequestOptions, callback?: OnSocket): undefined {
    // `path` is the request's and `socketPath` a local one: neither may reach tls.connect.
    const { path: _path, socketPath: _socketPath, ...tlsOptions } = options;
    hand(
      this.#open(options).then((socket) => tls.connect({ ...(tlsOptions as tls.ConnectionOptions), socket })),
      callback,
    );
  }
}

function targetOf(options: http.ClientRequestArgs, defaultPort: number): { host: string; port: number } {
  return { host: options.host ?? options.hostname ?? "localhost", port: Number(options.port ?? defaultPort) };
}

function hand(socket: Promise<Duplex>, callback: OnSocket | undefined): void {
  if (!callback) throw new TypeError("A guarded agent needs a callback, because it looks names up first.");
  socket.then(
    (opened) => callback(null, opened),
    // Node's own callback takes an error alone; the type wants a socket besides.
    (error: unknown) => (callback as (error: Error) => void)(error instanceof Error ? error : new Error(String(error))),
  );
}
