-- Who opens a key of their own must not begin the count anew at which they guess another's: each key has its count, {"<key id>": {"failures", "lockedUntil"}}.
-- All of them together have one as well, which no right passphrase takes back: it begins anew when its hour is over.
ALTER TABLE "credentials" ADD COLUMN "passphrase_counts" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "credentials" RENAME COLUMN "passphrase_locked_until" TO "passphrases_counted_until";
UPDATE "credentials" SET "failed_passphrases" = 0, "passphrases_counted_until" = NULL;
