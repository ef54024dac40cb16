import picomatch from "picomatch";

export interface Selection {
  /** Whether a file, link or folder of this path (relative to the root) is chosen by the include patterns, and not excluded. */
  takes(path: string): boolean;
  /** Whether the folder and all below it are left out. */
  prunes(path: string): boolean;
  /** Whether everything is included that is not excluded. */
  readonly everything: boolean;
}

/** Patterns match the path relative to the root; "*" stays within one name, "**" does not; names with a leading dot count too. */
export function createSelection(include: readonly string[], exclude: readonly string[]): Selection {
  const included = include.length > 0 ? picomatch([...include], { dot: true }) : () => true;
  const excluded = exclude.length > 0 ? picomatch([...exclude], { dot: true }) : () => false;
  return {
    takes: (path) => included(path) && !excluded(path),
    prunes: (path) => excluded(path),
    everything: include.length === 0,
  };
}
