-- When the passphrase that opens a key now was set; null while it is the one that the key was made with.
ALTER TABLE "keys" ADD COLUMN     "protected_at" TIMESTAMPTZ(3);

-- Key files that are to be written or removed after a key was protected anew are found across tenants: by numbers and states, nothing secret.
CREATE POLICY keys_scheduler ON keys TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, protection_version) ON keys TO holdfast_scheduler;
CREATE POLICY key_copies_scheduler ON key_copies TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, key_id, destination_id, version, status) ON key_copies TO holdfast_scheduler;
