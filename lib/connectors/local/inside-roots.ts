import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { DestinationError, errorCode } from "#lib/connectors/errors.ts";
import { makeFolder } from "#lib/connectors/local/make-folder.ts";

/**
 * The real path of a folder that users name, links resolved. Relative names lie in the first root.
 * Throws DestinationError "refused" when it lies, or a link leads, outside all `roots`, or when it is not there.
 */
export async function resolveInsideRoots(wanted: string, roots: readonly string[], { create }: { create: boolean }): Promise<string> {
  const [home] = roots;
  if (home === undefined)
    throw new DestinationError("refused", "This installation opens no local folder; its operator can with HOLDFAST_LOCAL_ROOTS.");
  await made(path.resolve(home), wanted);
  const folder = path.resolve(home, wanted);
  const realRoots = await realPathsOf(roots);
  if (![...roots, ...realRoots].some((root) => isInside(path.resolve(root), folder))) throw outside(wanted);
  // Judged before anything is made, so that a link cannot have folders made elsewhere.
  if (!(await isDeepestInside(folder, realRoots))) throw outside(wanted);
  if (create) await made(folder, wanted);

  const real = await realFolder(folder, wanted);
  if (!realRoots.some((root) => isInside(root, real))) throw outside(wanted);
  return real;
}

/** Whether `inner` is `outer` or lies below it. Both are absolute and free of links. */
function isInside(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return relative === "" || (relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}

/** Whether the deepest part of `folder` that exists lies, links resolved, inside one of the real `roots`. */
export async function isDeepestInside(folder: string, realRoots: readonly string[]): Promise<boolean> {
  try {
    const real = await realpath(folder);
    return realRoots.some((root) => isInside(root, real));
  } catch (error) {
    const parent = path.dirname(folder);
    if (errorCode(error) !== "ENOENT" || parent === folder) throw error;
    return isDeepestInside(parent, realRoots);
  }
}

async function realPathsOf(roots: readonly string[]): Promise<string[]> {
  const real: string[] = [];
  for (const root of roots) {
    try {
      real.push(await realpath(root));
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  return real;
}

async function made(folder: string, wanted: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw folderError(error, wanted);
  }
}

async function realFolder(folder: string, wanted: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw folderError(error, wanted);
  }
  throw new DestinationError("refused", `“${wanted}” is a file; name a folder.`);
}

function folderError(error: unknown, wanted: string): unknown {
  const sentence = FOLDER_SENTENCES[errorCode(error)];
  return sentence ? new DestinationError(sentence.code, `The folder “${wanted}” ${sentence.text}`, { cause: error }) : error;
}

const FOLDER_SENTENCES: Record<string, { code: "refused" | "full"; text: string }> = {
  ENOENT: { code: "refused", text: "does not exist; create it, or check that its disk is mounted." },
  EACCES: { code: "refused", text: "may not be opened by the account that runs Holdfast; change its owner or mode." },
  EPERM: { code: "refused", text: "may not be opened by the account that runs Holdfast; change its owner or mode." },
  EEXIST: { code: "refused", text: "is a file; name a folder." },
  ENOTDIR: { code: "refused", text: "leads through a file; name a folder." },
  ELOOP: { code: "refused", text: "leads through links that go in a circle." },
  ENAMETOOLONG: { code: "refused", text: "has a name that is too long for this machine." },
  EROFS: { code: "refused", text: "lies on a disk that is mounted read-only." },
  ENOSPC: { code: "full", text: "lies on a disk that is full; make room and try again." },
};

function outside(wanted: string): DestinationError {
  return new DestinationError(
    "refused",
    `The folder “${wanted}” lies outside the folders that this installation opens; choose a name such as “backups”.`,
  );
}
