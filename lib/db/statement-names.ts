/** Statements that are kept ready, in each connection: those that come first are those of every day. */
const MOST_STATEMENTS = 300;
/** With more values, it is a list of as many as there happened to be. */
const MOST_VALUES = 24;
/** In a list. */
const MOST_ITEMS = 8;

/**
 * Names statements for PostgreSQL to keep them parsed and planned for the next time, which costs it more than carrying out a small one does. Left out is what
 * works on long lists: the best plan for a few is not that for thousands.
 */
export function createStatementNames(): (query: { sql: string; args: readonly unknown[] }) => string {
  const names = new Map<string, string>();
  return ({ sql, args }) => {
    if (args.length === 0 || args.length > MOST_VALUES || args.some((arg) => Array.isArray(arg) && arg.length > MOST_ITEMS)) return "";
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= MOST_STATEMENTS) return "";
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
