-- Of millions of copies, few wait for anything: the index holds no others, so that it is small, and known to be.
DROP INDEX "backup_copies_next_attempt_at_idx";
CREATE INDEX backup_copies_due_idx ON backup_copies (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
