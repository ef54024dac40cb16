import { inspect } from "node:util";

/**
 * A value that does not show itself: printed, logged, put into JSON or a template it reads "[secret]".
 * Only `reveal()` gives it out, so that every use can be found.
 */
export class Secret<Value extends string | Buffer = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
