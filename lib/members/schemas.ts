import { z } from "zod";
import { roles } from "#lib/auth/permissions.ts";
import { idField, nameField } from "#lib/http/fields.ts";

const roleField = z.enum(roles, { error: "Choose a role." });
const emailField = z
  .string({ error: "Type an e-mail address." })
  .trim()
  .toLowerCase()
  .pipe(z.email({ error: "This is not an e-mail address." }).max(254));
export const newPasswordField = z
  .string({ error: "Choose a password." })
  .min(12, "A password has at least 12 characters.")
  .max(1024, "A password has at most 1024 characters.");

export const memberSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  createdAt: z.string(),
});
export type MemberDto = z.infer<typeof memberSchema>;

export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  status: z.enum(["open", "accepted", "revoked", "expired"]),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type InvitationDto = z.infer<typeof invitationSchema>;

export const inviteMemberInput = z.object({ email: emailField, role: roleField });
export const changeRoleInput = z.object({ id: idField, role: roleField });

/** What a person sends who follows an invitation's link: a name only when the account is new. */
export const acceptInvitationInput = z.object({
  token: z.string().min(1).max(256),
  name: nameField.optional(),
  password: z.string({ error: "Type a password." }).min(1, "Type a password.").max(1024),
});

/** What a person sends who follows the one-time set-up link. */
export const setUpInput = z.object({
  token: z.string().min(1).max(256),
  email: emailField,
  name: nameField,
  password: newPasswordField,
  tenantName: nameField,
});
