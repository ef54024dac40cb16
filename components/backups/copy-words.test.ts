import { expect, test } from "vitest";
import { archiveNameOf, copiesWords, isOnlyOnThisMachine, mendingWordOf } from "#components/backups/copy-words.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";

const copy = (more: Partial<BackupDto["copies"][number]>): BackupDto["copies"][number] => ({
  destinationId: "dst_1",
  destinationName: "This machine",
  destinationKind: "local",
  isDisconnected: false,
  objectKey: "tnt_1/sys_1/2026/03/bak_1.tar.zst.age",
  status: "stored",
  failure: null,
  verifiedAt: null,
  checkedAt: null,
  lockedUntil: null,
  isCopying: false,
  nextAttemptAt: null,
  ...more,
});

test("counts copies and says when some are not good", () => {
  expect(copiesWords([copy({})])).toBe("1 copy");
  expect(copiesWords([copy({}), copy({})])).toBe("2 copies");
  expect(copiesWords([copy({}), copy({ status: "damaged" })])).toBe("1 of 2 good");
  expect(copiesWords([copy({ status: "missing" }), copy({ status: "deleting" })])).toBe("0 of 2 good");
});

test("knows when losing this machine would lose the backup", () => {
  expect(isOnlyOnThisMachine([copy({})])).toBe(true);
  expect(isOnlyOnThisMachine([copy({}), copy({ destinationKind: "s3" })])).toBe(false);
  expect(isOnlyOnThisMachine([copy({}), copy({ destinationKind: "s3", status: "missing" })])).toBe(true);
});

test("takes the archive's name from where it lies", () => {
  expect(archiveNameOf({ id: "bak_1", copies: [copy({})] })).toBe("bak_1.tar.zst.age");
});

test("a button brings in order what is wrong, also when nobody tries by himself any more", () => {
  const good = copy({});
  const seenAt = "2026-03-02T00:00:00.000Z";
  const beside = copy({ failure: "The key file beside the archives was changed.", verifiedAt: seenAt, checkedAt: seenAt });
  expect(mendingWordOf(beside, [beside])).toBe("Mend now");
  expect(mendingWordOf(copy({ status: "missing", failure: "Full." }), [good])).toBe("Copy now");
  expect(mendingWordOf(copy({ status: "missing", isDisconnected: true }), [good])).toBeNull();
  expect(mendingWordOf(copy({ status: "damaged" }), [copy({ status: "damaged" })])).toBeNull();
  expect(mendingWordOf(copy({ status: "missing", isCopying: true }), [good])).toBeNull();
  expect(mendingWordOf({ ...beside, checkedAt: "2026-03-03T00:00:00.000Z" }, [beside])).toBeNull();
  expect(mendingWordOf(good, [good])).toBeNull();
});
