-- Wrong passphrases are counted beside wrong passwords, where only the identity role looks.
ALTER TABLE "credentials" ADD COLUMN "failed_passphrases" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "passphrase_locked_until" TIMESTAMPTZ(3);
