-- A destination that does not take a key file, or that keeps an old one locked, is left in peace for a while.
ALTER TABLE "key_copies" ADD COLUMN     "attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "next_attempt_at" TIMESTAMPTZ(3);
GRANT SELECT (next_attempt_at) ON key_copies TO holdfast_scheduler;
