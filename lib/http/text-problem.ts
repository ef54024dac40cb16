import { BadRequestError, type FieldError } from "#lib/errors.ts";

const DEEPEST = 64;

/**
 * The first text within `value`, names of fields included, that no row can hold: one with a null character or half of a pair of surrogates. Null when
 * there is none. Throws BadRequestError for what lies deeper than any input of ours.
 */
export function findUnstorableText(value: unknown): FieldError | null {
  const left: { value: unknown; path: string[] }[] = [{ value, path: [] }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value: found, path } = next;
    if (typeof found === "string" && !isStorable(found)) return { path: path.join("."), message: MESSAGE };
    if (typeof found !== "object" || found === null) continue;
    if (path.length >= DEEPEST) throw new BadRequestError(`The request's body is nested deeper than ${DEEPEST} levels.`);
    for (const [name, inner] of Object.entries(found)) {
      if (!isStorable(name)) return { path: path.join("."), message: MESSAGE };
      left.push({ value: inner, path: [...path, name] });
    }
  }
  return null;
}

const MESSAGE = "This holds a character that cannot be stored (a null character, or half of one). Remove it.";

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
