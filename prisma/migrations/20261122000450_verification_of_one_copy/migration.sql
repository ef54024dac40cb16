-- A person may have one copy verified alone.
ALTER TABLE "verifications" ADD COLUMN     "destination_id" TEXT;
