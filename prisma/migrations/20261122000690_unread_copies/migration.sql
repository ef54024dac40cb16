-- Copies that a rebuild of the catalogue found and nobody has read are verified first: the few are found among the many.
CREATE INDEX backup_copies_unread_idx ON backup_copies (tenant_id, backup_id) WHERE is_found AND verified_at IS NULL AND status = 'stored';
