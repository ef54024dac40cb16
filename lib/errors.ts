/**
 * The family of errors that may reach a person. `lib/http/problem.ts` maps each to a status once;
 * anything else is answered as an internal error without its message.
 */
export abstract class HoldfastError extends Error {
  /** Stable, kebab-case; part of the API. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(storableText(message), options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Without what no row takes, NUL and halves of surrogate pairs: an error's message may quote another's words, and is written into rows. */
export function storableText(words: string): string {
  return words.replaceAll("\0", "").toWellFormed();
}

export interface FieldError {
  /** Dotted path into the input: "schedule.timeZone". */
  path: string;
  message: string;
}

/** The input is wrong: says where and how to mend it. */
export class InvalidInputError extends HoldfastError {
  readonly errors: FieldError[];
  /** More for the answer's body: a validation's steps, for example. */
  readonly extra: Record<string, unknown>;

  constructor(message: string, errors: FieldError[] = [], options: { code?: string; extra?: Record<string, unknown> } = {}) {
    super(options.code ?? "invalid-input", message);
    this.errors = errors;
    this.extra = options.extra ?? {};
  }
}

/** The request cannot be read at all: no JSON, or too large. */
export class BadRequestError extends HoldfastError {
  constructor(message: string, code = "bad-request") {
    super(code, message);
  }
}

export class NotSignedInError extends HoldfastError {
  constructor(message = "Sign in first.") {
    super("not-signed-in", message);
  }
}

export class ForbiddenError extends HoldfastError {
  constructor(message: string, code = "forbidden") {
    super(code, message);
  }
}

/** Absent, or another tenant's: the two look the same on purpose. */
export class NotFoundError extends HoldfastError {
  constructor(what: string) {
    super("not-found", `There is no such ${what}.`);
  }
}

/** The request is fine but the present state does not allow it. */
export class ConflictError extends HoldfastError {
  /** More for the answer's body: the present number, for example. */
  readonly extra: Record<string, unknown>;

  constructor(message: string, code = "conflict", extra: Record<string, unknown> = {}) {
    super(code, message);
    this.extra = extra;
  }
}

export class TooManyRequestsError extends HoldfastError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super("too-many-requests", message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A system or destination did not do what was asked; `message` says which, why and what to do. */
export class ConnectorError extends HoldfastError {}
