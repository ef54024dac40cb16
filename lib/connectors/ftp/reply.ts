/** An answer of the server (RFC 959, section 4.2). */
export interface Reply {
  code: number;
  /** The server's words, a line each, without the code in front. */
  lines: string[];
}

/** The server answered a command with a refusal. */
export class FtpReplyError extends Error {
  readonly code: number;
  /** The server's own words, for showing: short, in one line, without control characters. */
  readonly words: string;

  constructor(reply: Reply) {
    super(`${reply.code} ${wordsOf(reply)}`.trim());
    this.name = "FtpReplyError";
    this.code = reply.code;
    this.words = wordsOf(reply);
  }
}

const MAX_REPLY_BYTES = 64 * 1024;
const MAX_WORDS = 200;
const LF = 10;

/** Cuts what comes over the control connection into replies. Throws RangeError when what comes is none. */
export class ReplyParser {
  #rest = Buffer.alloc(0);
  #open: { code: string; lines: string[]; bytes: number } | null = null;

  /** Whether nothing of a next reply has come yet. */
  get isEmpty(): boolean {
    return this.#rest.length === 0 && this.#open === null;
  }

  push(chunk: Buffer): Reply[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const replies: Reply[] = [];
    for (let end = this.#rest.indexOf(LF); end !== -1; end = this.#rest.indexOf(LF)) {
      const reply = this.#line(this.#rest.toString("utf8", 0, end).replace(/\r$/, ""));
      this.#rest = this.#rest.subarray(end + 1);
      if (reply) replies.push(reply);
    }
    if (this.#rest.length + (this.#open?.bytes ?? 0) > MAX_REPLY_BYTES) throw new RangeError("The reply has no end.");
    return replies;
  }

  #line(line: string): Reply | null {
    const open = this.#open;
    if (!open) return this.#first(line);
    open.bytes += line.length + 1;
    const isLast = line === open.code || line.startsWith(`${open.code} `);
    open.lines.push(isLast ? line.slice(4) : line);
    if (!isLast) return null;
    this.#open = null;
    return { code: Number(open.code), lines: open.lines };
  }

  #first(line: string): Reply | null {
    const { code, mark, text } = /^(?<code>[1-6]\d\d)(?<mark>[ -]|$)(?<text>.*)$/s.exec(line)?.groups ?? {};
    // Some servers send empty lines between replies.
    if (code === undefined && line.trim() === "") return null;
    if (code === undefined) throw new RangeError("This is not a reply.");
    if (mark !== "-") return { code: Number(code), lines: [text ?? ""] };
    this.#open = { code, lines: [text ?? ""], bytes: line.length + 1 };
    return null;
  }
}

function wordsOf({ lines }: Reply): string {
  const text = lines
    .join(" ")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
