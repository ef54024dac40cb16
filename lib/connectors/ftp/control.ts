import type { Socket } from "node:net";
import { DestinationError } from "#lib/connectors/errors.ts";
import { FtpReplyError, type Reply, ReplyParser } from "#lib/connectors/ftp/reply.ts";

interface Waiter {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

/**
 * The control connection: one command, then its answer. Every wait ends, by the answer or by DestinationError "unreachable" when the connection
 * is lost or the answer does not come; after that the connection is of no more use.
 */
export class FtpControl {
  readonly server: string;
  readonly socket: Socket;
  #parser = new ReplyParser();
  #replies: Reply[] = [];
  #waiter: Waiter | null = null;
  #failure: Error | null = null;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);
  readonly #onEnd = () => this.destroy(this.#lost("the server closed it"));
  readonly #onError = (error: Error) => this.destroy(this.#lost(error.message));

  constructor(socket: Socket, server: string) {
    this.server = server;
    this.socket = socket;
    socket.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onEnd).on("error", this.#onError);
  }

  get isUsable(): boolean {
    return this.#failure === null && this.#waiter === null && this.#replies.length === 0;
  }

  /** Sends a command and waits for its answer; FtpReplyError when that is a refusal (4xx or 5xx). */
  async request(line: string, timeoutMs: number): Promise<Reply> {
    const reply = await this.ask(line, timeoutMs);
    if (reply.code >= 400) throw new FtpReplyError(reply);
    return reply;
  }

  /** As `request`, but a refusal is an answer too. Only 421, by which the server hangs up, is always an error. */
  async ask(line: string, timeoutMs: number): Promise<Reply> {
    this.send(line);
    return this.reply(timeoutMs);
  }

  send(line: string): void {
    if (/[\r\n\0]/.test(line)) throw new DestinationError("invalid-key", "A command cannot hold a line break.");
    this.#assertAlive();
    // What nobody asked for would be taken for the answer to this command.
    const unasked = this.#replies[0];
    if (unasked) this.destroy(this.#lost(`the server said ${new FtpReplyError(unasked).message}`));
    this.#assertAlive();
    this.socket.write(`${line}\r\n`, "utf8");
  }

  async reply(timeoutMs: number): Promise<Reply> {
    return this.within(this.finalReply(), timeoutMs);
  }

  /** The next answer, however long it takes: while a file travels, the data connection is what is watched. */
  async finalReply(): Promise<Reply> {
    const reply = await this.#next();
    if (reply.code !== 421) return reply;
    const text = `The server ${this.server} hung up (${new FtpReplyError(reply).words}); try again later, or let it take more connections.`;
    const failure = new DestinationError("unreachable", text);
    this.destroy(failure);
    throw failure;
  }

  /** Gives the connection up when `reply` takes longer. */
  async within(reply: Promise<Reply>, timeoutMs: number): Promise<Reply> {
    const timer = setTimeout(() => {
      const text = `The server ${this.server} did not answer within ${timeoutMs / 1000} seconds; check the server and try again.`;
      this.destroy(new DestinationError("unreachable", text));
    }, timeoutMs);
    try {
      return await reply;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hands the socket out, for TLS to be spoken over it; this object is of no more use then. */
  release(): Socket {
    // An answer that came in the clear would else be taken for one that came encrypted.
    if (!this.#parser.isEmpty || this.#replies.length > 0) {
      const text = `The server ${this.server} mixed plain text into TLS; somebody may be in between.`;
      this.destroy(new DestinationError("not-understood", text));
    }
    this.#assertAlive();
    this.#failure = this.#lost("it was handed out");
    return this.socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onEnd).off("error", this.#onError);
  }

  /** Says goodbye, and waits a second at most for the server to close. */
  async quit(): Promise<void> {
    if (this.#failure) return;
    this.#failure = this.#lost("it was closed here");
    const closed = new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
    const timer = setTimeout(() => this.socket.destroy(), 1000);
    this.socket.end("QUIT\r\n");
    await closed;
    clearTimeout(timer);
  }

  destroy(error: Error): void {
    this.#failure ??= error;
    this.socket.destroy();
    this.#waiter?.reject(this.#failure);
    this.#waiter = null;
  }

  #assertAlive(): void {
    if (this.#failure) throw this.#failure;
  }

  #next(): Promise<Reply> {
    const reply = this.#replies.shift();
    if (reply) return Promise.resolve(reply);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => (this.#waiter = { resolve, reject }));
  }

  #take(chunk: Buffer): void {
    try {
      this.#replies.push(...this.#parser.push(chunk));
    } catch (error) {
      const text = `The server ${this.server} answers, but not as an FTP server; check the port.`;
      this.destroy(new DestinationError("not-understood", text, { cause: error }));
    }
    const waiter = this.#waiter;
    const reply = waiter && this.#replies.shift();
    if (!waiter || !reply) return;
    this.#waiter = null;
    waiter.resolve(reply);
  }

  #lost(reason: string): DestinationError {
    return new DestinationError("unreachable", `The connection to ${this.server} was lost (${reason}); check the network and try again.`);
  }
}
