/** What each action of the audit log is, in words. One that is not here yet is shown as it is written. */
const words: Record<string, string> = {
  "tenant.created": "Created the tenant",
  "tenant.prepared": "Prepared the tenant",
  "session.opened": "Signed in",
  "session.closed": "Signed out",
  "system.created": "Connected a system",
  "system.changed": "Changed a system",
  "system.deleted": "Disconnected a system",
  "destination.created": "Connected a destination",
  "destination.changed": "Changed a destination",
  "destination.deleted": "Disconnected a destination",
  "policy.created": "Created a policy",
  "policy.changed": "Changed a policy",
  "policy.deleted": "Deleted a policy",
  "policy.run": "Ran a policy",
  "run.started": "Started a backup",
  "run.cancelled": "Cancelled a run",
  "run.retried": "Tried a run again",
  "backup.downloaded": "Downloaded a backup",
  "backup.deleted": "Deleted a backup",
  "backup.recovered": "Took a backup out of the trash",
  "backup.deletedByRetention": "Deleted a backup by retention",
  "backup.signerBelieved": "Believed the signer of backups that were found",
  "backup.exported": "Exported all backups of a system",
  "backup.pinned": "Pinned a backup",
  "backup.unpinned": "Unpinned a backup",
  "backup.erased": "Removed a backup from the trash for good",
  "system.retentionConfirmed": "Confirmed retention of found backups",
  "clock.trusted": "Confirmed the clock",
  "backup.verificationRequested": "Asked for a backup to be verified",
  "backup.verificationCancelled": "Cancelled a verification",
  "backup.verificationFailed": "A backup failed its verification",
  "backup.copyRequested": "Asked for a copy",
  "backup.copyStored": "Stored a further copy",
  "backup.copyFailed": "Could not store a copy",
  "catalogue.rebuildStarted": "Began to rebuild the catalogue",
  "catalogue.rebuilt": "Rebuilt the catalogue from a destination",
  "restore.requested": "Asked for a restore",
  "restore.approved": "Approved a restore",
  "restore.cancelled": "Cancelled a restore",
  "restore.completed": "Completed a restore",
  "restore.failed": "A restore failed",
  "configuration.restored": "Restored the configuration",
  "key.changed": "Changed the key",
  "key.exported": "Downloaded a protected key file",
  "key.proven": "Proved that a key opens",
  "key.passphraseChanged": "Changed the passphrase of a key",
  "key.protectedAnew": "Put a key’s new passphrase in place everywhere",
  "key.adopted": "Opened a key that was found in a destination",
  "member.invited": "Invited a member",
  "member.joined": "Joined as a member",
  "member.roleChanged": "Changed a member’s role",
  "member.removed": "Removed a member",
  "member.mailChosen": "Chose what is mailed to themselves",
  "member.mailTested": "Sent a test mail to themselves",
  "invitation.revoked": "Took an invitation back",
  "webhook.created": "Created a webhook",
  "webhook.changed": "Changed a webhook",
  "webhook.deleted": "Deleted a webhook",
  "webhook.disabled": "Disabled a webhook that did not answer",
  "webhook.secretRotated": "Made a new secret for a webhook",
  "webhook.tested": "Tested a webhook",
  "webhook.redelivered": "Delivered an event to a webhook again",
  "settings.changed": "Changed the settings",
};

export function actionWords(action: string): string {
  return words[action] ?? action;
}

/** For the filter, in the order of the words. */
export const actionOptions = Object.entries(words)
  .map(([value, label]) => ({ value, label }))
  .sort((a, b) => a.label.localeCompare(b.label));

const pages: Record<string, string> = {
  system: "systems",
  destination: "destinations",
  policy: "policies",
  run: "runs",
  backup: "backups",
  restore: "restores",
  key: "keys",
  webhook: "notifications/webhooks",
};

/** The page of what an entry is about, below the tenant, or null when it has none. */
export function subjectPath(subject: { kind: string; id: string | null }): string | null {
  const page = pages[subject.kind];
  return page === undefined || subject.id === null ? null : `/${page}/${subject.id}`;
}
