import { mkdir } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "#lib/connectors/errors.ts";

const FOLDER_MODE = 0o700;

/**
 * Makes a folder with those above it; one that is there is fine. `top` and what lies above it is never made.
 * `onMade` hears of each that was not there. Step by step, because Node's own recursive way says of a read-only disk that the folder does not exist.
 */
export async function makeFolder(folder: string, top?: string, onMade?: (folder: string) => void): Promise<void> {
  if (folder === top) return;
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    onMade?.(folder);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    const above = path.dirname(folder);
    if (errorCode(error) !== "ENOENT" || above === folder || above === top) throw error;
    await makeFolder(above, top, onMade);
    await makeFolder(folder, above, onMade);
  }
}
