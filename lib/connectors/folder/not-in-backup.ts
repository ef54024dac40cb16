/** What SFTP does not show of a file, or what must not come back by itself. */
export const NOT_IN_FOLDER_BACKUPS: readonly string[] = [
  "owners and groups of files",
  "access control lists and extended attributes",
  "set-user-id and set-group-id marks of files",
  "hard links between files (each becomes a file of its own)",
];
