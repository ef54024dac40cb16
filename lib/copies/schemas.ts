import { z } from "zod";
import { idField } from "#lib/http/fields.ts";

// Runs in the browser too: imports nothing of Node's.

export const addCopyInput = z.object({ id: idField, destinationId: idField });
