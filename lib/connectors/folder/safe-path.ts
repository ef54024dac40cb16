/** Why a path of an archive must not be written, or null when it may: it stays below the root by its spelling alone. */
export function pathProblem(path: string): string | null {
  if (path === "" || path.includes("\0")) return "its name is empty or holds a null character";
  if (path.startsWith("/")) return "its path is absolute";
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) return "its path leads through “.” or “..”";
  return null;
}

/** Whether a link at `path` with `target` stays below the root, by its spelling alone. Absolute targets do not. */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return false;
  }
  return true;
}
