import type { AnyOperation } from "#lib/operation.ts";
import { getNotices } from "#lib/alarms/get-notices.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { eraseBackup } from "#lib/backups/erase-backup.ts";
import { pinBackup } from "#lib/backups/pin-backup.ts";
import { previewDeletion } from "#lib/backups/preview-deletion.ts";
import { unpinBackup } from "#lib/backups/unpin-backup.ts";
import { confirmClock } from "#lib/clock/confirm-clock.ts";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { listBackups } from "#lib/backups/list-backups.ts";
import { recoverBackup } from "#lib/backups/recover-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { retryCopy } from "#lib/copies/retry-copy.ts";
import { getSystemNumberGaps } from "#lib/catalogue/get-system-number-gaps.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { describeSetUp } from "#lib/destinations/describe-set-up.ts";
import { getDestination } from "#lib/destinations/get-destination.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { updateDestination } from "#lib/destinations/update-destination.ts";
import { validateDestination, validateStoredDestination } from "#lib/destinations/validate-destination.ts";
import { adoptKey } from "#lib/keys/adopt-key.ts";
import { startSystemExport } from "#lib/exports/start-system-export.ts";
import { exportKeyIdentity } from "#lib/keys/export-key-identity.ts";
import { getKeyChallenge } from "#lib/keys/get-key-challenge.ts";
import { getKey } from "#lib/keys/get-key.ts";
import { getRecoverySheet } from "#lib/keys/get-recovery-sheet.ts";
import { listKeys } from "#lib/keys/list-keys.ts";
import { protectKey } from "#lib/keys/protect-key.ts";
import { proveKey } from "#lib/keys/prove-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { chooseMail } from "#lib/mail/choose-mail.ts";
import { getMailChoice } from "#lib/mail/get-mail-choice.ts";
import { sendTestMail } from "#lib/mail/send-test-mail.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { inviteMember } from "#lib/members/invite-member.ts";
import { listInvitations } from "#lib/members/list-invitations.ts";
import { listMembers } from "#lib/members/list-members.ts";
import { removeMember } from "#lib/members/remove-member.ts";
import { revokeInvitation } from "#lib/members/revoke-invitation.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { getPolicy } from "#lib/policies/get-policy.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";
import { previewPolicy } from "#lib/policies/preview-policy.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { listRestores } from "#lib/restores/list-restores.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";
import { getOverview } from "#lib/runs/get-overview.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { listRuns } from "#lib/runs/list-runs.ts";
import { retryRun } from "#lib/runs/retry-run.ts";
import { startPolicyRuns } from "#lib/runs/start-policy-runs.ts";
import { getSettings } from "#lib/settings/get-settings.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";
import { confirmSystemRetention } from "#lib/systems/confirm-system-retention.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { getSystemRetention } from "#lib/systems/get-system-retention.ts";
import { getSystem } from "#lib/systems/get-system.ts";
import { listConnectors } from "#lib/systems/list-connectors.ts";
import { listSystems } from "#lib/systems/list-systems.ts";
import { updateSystem } from "#lib/systems/update-system.ts";
import { validateStoredSystem, validateSystem } from "#lib/systems/validate-system.ts";
import { cancelVerification } from "#lib/verifications/cancel-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { deleteWebhook } from "#lib/webhooks/delete-webhook.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";
import { getWebhook } from "#lib/webhooks/get-webhook.ts";
import { listDeliveries } from "#lib/webhooks/list-deliveries.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { redeliver } from "#lib/webhooks/redeliver.ts";
import { rotateWebhookSecret } from "#lib/webhooks/rotate-webhook-secret.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";

/** Everything that can be done. The routes, the OpenAPI document and the permissions page derive from this list. */
export const operations: readonly AnyOperation[] = [
  listAudit,
  deleteBackup,
  eraseBackup,
  pinBackup,
  unpinBackup,
  previewDeletion,
  confirmClock,
  startDownload,
  getBackup,
  listBackups,
  recoverBackup,
  startBackup,
  getSystemNumberGaps,
  addCopy,
  retryCopy,
  createDestination,
  deleteDestination,
  describeSetUp,
  getDestination,
  listDestinations,
  updateDestination,
  validateDestination,
  validateStoredDestination,
  adoptKey,
  startSystemExport,
  exportKeyIdentity,
  getKeyChallenge,
  getKey,
  getRecoverySheet,
  listKeys,
  protectKey,
  proveKey,
  setCurrentKey,
  changeRole,
  inviteMember,
  listInvitations,
  listMembers,
  removeMember,
  revokeInvitation,
  createPolicy,
  deletePolicy,
  getPolicy,
  listPolicies,
  previewPolicy,
  updatePolicy,
  cancelRestore,
  executeRestore,
  getRestore,
  listRestores,
  planRestore,
  cancelRun,
  getOverview,
  getRun,
  listRuns,
  retryRun,
  startPolicyRuns,
  getSettings,
  updateSettings,
  createSystem,
  deleteSystem,
  getSystem,
  getSystemRetention,
  confirmSystemRetention,
  listConnectors,
  listSystems,
  updateSystem,
  validateSystem,
  validateStoredSystem,
  cancelVerification,
  verifyBackup,
  createWebhook,
  deleteWebhook,
  getDelivery,
  getWebhook,
  listDeliveries,
  listWebhooks,
  redeliver,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
  getNotices,
  getMailChoice,
  chooseMail,
  sendTestMail,
];
