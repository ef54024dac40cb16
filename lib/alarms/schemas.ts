import { z } from "zod";

// Runs in the browser too: imports nothing of Node's.

export const noticesSchema = z.object({
  workers: z
    .object({
      trouble: z
        .object({ kind: z.enum(["missing", "late"]), since: z.string(), message: z.string() })
        .nullable()
        .describe("Why no backups are being made, and what to do; null while they are."),
      wrongClocks: z.array(z.string()).describe("A sentence for each worker that takes no work because its clock is wrong."),
    })
    .describe("What web sees of the workers' side."),
  clockDoubt: z
    .object({ sentence: z.string(), since: z.string().nullable(), confirmable: z.boolean() })
    .nullable()
    .describe("Why nothing is deleted for its age at present; null when nothing is in the way."),
  channels: z.object({
    reachesSomebody: z.boolean().describe("Whether anybody would be told of a failed backup."),
    mail: z.enum(["off", "works", "failing", "unwanted"]),
    webhooks: z.int().describe("How many webhooks work and are told of failed backups."),
  }),
  disabledWebhooks: z.int().describe("How many webhooks were disabled because of what their receivers did, and not enabled again."),
});
export type Notices = z.infer<typeof noticesSchema>;
