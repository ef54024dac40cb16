import { randomInt } from "node:crypto";
import { once } from "node:events";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { startHttpFaults, type HttpFaults } from "#e2e/servers/fault-proxy-http.ts";

export interface Address {
  host: string;
  port: number;
}

/** "up" is towards the server. */
export type Direction = "up" | "down";

/** What the proxy stands before. */
export interface FaultyServer extends Address {
  /** Where an FTP server listens for data. What it names under TLS cannot be changed, so the proxy takes the same ports, at an address of its own. */
  passivePorts?: readonly number[];
}

/** Stands before a server on a free loopback port and lets the network misbehave. Faults hold for present and future connections until `resume`. */
export interface FaultProxy extends Address {
  /** Bytes that went through so far, over all connections. */
  passed(direction: Direction): number;
  /**
   * Lets `bytes` more bytes through in that direction, over all connections, then ends every connection and lets none in any more. "end" closes as an
   * orderly program would, "reset" breaks off.
   */
  cutAfterBytes(direction: Direction, bytes: number, how?: "end" | "reset"): void;
  /** Lets `bytes` more bytes through in that direction, over all connections, then stalls. */
  stallAfterBytes(direction: Direction, bytes: number): void;
  /** Breaks the present connections off and takes no new ones: the machine's own answer is that nobody listens there. */
  refuse(): void;
  /** Passes nothing on. Connections stay open, and new ones are taken: whoever waits is left waiting. */
  stall(): void;
  /** Ends all faults. */
  resume(): void;
  /** Breaks the present connections off; new ones are let through. */
  reset(): void;
  /** For HTTP: answers the next `times` requests (all of them when left out) with `status`, without asking the server. */
  answer(status: number, times?: number): void;
  close(): Promise<void>;
}

/** `protocol` "http" is needed for `answer`. */
export async function startFaultProxy(server: FaultyServer, protocol: "tcp" | "http" = "tcp"): Promise<FaultProxy> {
  const { host, port, passivePorts } = server;
  const http = protocol === "http" ? await startHttpFaults(server) : null;
  const relay = new Relay(passivePorts ? someLoopbackAddress() : "127.0.0.1");
  await Promise.all((passivePorts ?? []).map((passive) => relay.listen({ host, port: passive }, passive)));
  const address = await relay.listen(http?.address ?? { host, port });
  return {
    ...address,
    passed: (direction) => relay.passed[direction],
    cutAfterBytes: (direction, bytes, how = "end") => relay.cutAfter(direction, bytes, how),
    stallAfterBytes: (direction, bytes) => relay.cutAfter(direction, bytes, "stall"),
    refuse: () => relay.refuse(),
    stall: () => relay.stall(),
    resume: () => {
      relay.resume();
      http?.answer(0, 0);
    },
    reset: () => relay.end("reset"),
    answer: (status, times = Infinity) => faultsOf(http).answer(status, times),
    async close() {
      await relay.close();
      await http?.close();
    },
  };
}

function faultsOf(http: HttpFaults | null): HttpFaults {
  if (http) return http;
  throw new Error("Only a proxy for http can answer; start it so.");
}

/** One of the 127.0.0.0/8, but for the one that everything else listens at. */
function someLoopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

interface Cut {
  direction: Direction;
  bytesLeft: number;
  how: "end" | "reset" | "stall";
}

class Relay {
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  readonly #host: string;
  readonly #servers = new Set<Server>();
  /** Those that listen on no port now, and on which they did. */
  readonly #refusing = new Map<Server, number>();
  readonly #sockets = new Set<Socket>();
  #cut: Cut | null = null;
  /** Resolves when what stalls now is over; null while nothing does. */
  #stalled: PromiseWithResolvers<void> | null = null;

  constructor(host: string) {
    this.#host = host;
  }

  /** Opens a port that leads to `target`; a free one for 0. */
  async listen(target: Address, port = 0): Promise<Address> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#accept(client, target));
    this.#servers.add(server);
    server.listen(port, this.#host);
    await once(server, "listening");
    return { host: this.#host, port: (server.address() as AddressInfo).port };
  }

  cutAfter(direction: Direction, bytesLeft: number, how: Cut["how"]): void {
    this.#cut = { direction, bytesLeft, how };
  }

  refuse(): void {
    for (const server of this.#servers) {
      this.#refusing.set(server, (server.address() as AddressInfo).port);
      server.close();
    }
    this.end("reset");
  }

  stall(): void {
    this.#stalled ??= Promise.withResolvers();
  }

  resume(): void {
    this.#cut = null;
    this.#stalled?.resolve();
    this.#stalled = null;
    for (const [server, port] of this.#refusing) server.listen(port, this.#host);
    this.#refusing.clear();
  }

  end(how: "end" | "reset"): void {
    for (const socket of this.#sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroySoon();
    }
  }

  async close(): Promise<void> {
    this.#refusing.clear();
    this.resume();
    this.end("reset");
    await Promise.all([...this.#servers].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #accept(client: Socket, target: Address): Promise<void> {
    this.#keep(client);
    await this.#stalled?.promise;
    if (this.#cut && this.#cut.bytesLeft < 0) return void client.resetAndDestroy();
    const server = this.#keep(net.connect({ ...target, allowHalfOpen: true, noDelay: true }));
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
    void this.#pump(client, server, "up");
    void this.#pump(server, client, "down");
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // Broken connections are this proxy's trade.
    return socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
  }

  async #pump(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await this.#stalled?.promise;
        const allowed = this.#allowed(direction, chunk.length);
        this.passed[direction] += allowed;
        await written(to, chunk.subarray(0, allowed));
        const cut = this.#cut;
        if (cut && cut.bytesLeft < 0 && cut.how !== "stall") {
          this.end(cut.how);
          return;
        }
        if (allowed < chunk.length) await this.#passLater(to, chunk.subarray(allowed), direction);
      }
      await this.#stalled?.promise;
      to.end();
    } catch {
      to.destroy();
    }
  }

  async #passLater(to: Socket, rest: Buffer, direction: Direction): Promise<void> {
    await this.#stalled?.promise;
    this.passed[direction] += rest.length;
    await written(to, rest);
  }

  /** How many of `bytes` may pass. With the first that may not, the cut's `bytesLeft` falls below zero. */
  #allowed(direction: Direction, bytes: number): number {
    const cut = this.#cut;
    if (cut?.direction !== direction || cut.bytesLeft < 0) return cut && cut.bytesLeft < 0 ? 0 : bytes;
    const allowed = Math.min(bytes, cut.bytesLeft);
    cut.bytesLeft = allowed < bytes ? -1 : cut.bytesLeft - allowed;
    if (allowed < bytes && cut.how === "stall") {
      this.#cut = null;
      this.stall();
    }
    return allowed;
  }
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.write(bytes, () => resolve());
  });
}
