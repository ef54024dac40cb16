import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { currentKey } from "#lib/keys/current-key.ts";
import { getRecoverySheet } from "#lib/keys/get-recovery-sheet.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { newId } from "#lib/ids.ts";
import { storeKeyFile } from "#lib/runs/store-key-file.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

const ftpConfig = {
  ...{ host: "ftp.example.com", port: 2121, security: "explicit", user: "ftp-user", folder: "backups/holdfast" },
  ...{ tlsTrust: "pinned", certificate: "AB:CD" },
};
const sftpConfig = {
  host: "files.example.com",
  port: 22,
  user: "ssh-user",
  authentication: "password",
  hostKey: "SHA256:x",
  path: "/srv/holdfast",
};

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("the sheet says where everything lies and how it opens, and holds no secret", async () => {
  const tenant = await createTestTenant();
  const recovery = generateIdentity();
  const passphrase = "violet-hammer-orbit-lantern-squid";
  const recoveryRecipients = [recovery.recipient];
  const { id } = await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase, hint: "drawer", recoveryRecipients });
  const bucket = newId("destination");
  const config = {
    endpoint: "https://s3.example.com",
    region: "eu-central-1",
    bucket: "acme-backups",
    prefix: "holdfast",
    accessKeyId: "AKIA",
  };
  await withTenant(tenant.id, async (db) => {
    const sealedSecrets = await sealSecrets(db, bucket, { secretAccessKey: "very secret" });
    await db.destination.createMany({
      data: [
        { id: bucket, name: "Cloud", kind: "s3", config, sealedSecrets },
        { id: newId("destination"), name: "Appliance", kind: "ftp", config: ftpConfig },
        { id: newId("destination"), name: "Office", kind: "sftp", config: sftpConfig },
      ],
    });
  });
  const local = await withTenant(tenant.id, (db) => db.destination.findFirstOrThrow({ where: { kind: "local" } }));
  const session = await openDestination(tenant.id, local.id, new AbortController().signal);
  await storeKeyFile(session, tenant.id, local.id, await withTenant(tenant.id, currentKey));
  await session.close();

  const sheet = await getRecoverySheet.execute(await tenant.addMember("viewer"), { id });
  expect(sheet).toMatchObject({ tenantName: "Cellar & Sons", key: { id, hint: "drawer", recoveryRecipients } });
  expect(Buffer.from(sheet.signingPublicKey ?? "", "base64")).toHaveLength(32);
  expect(sheet.places.find((place) => place.destinationId === local.id)).toMatchObject({
    place: [{ label: "Folder", value: join(installation.dataDir, "local", tenant.id) }],
    archivesBelow: `${tenant.id}/`,
    keyFileObject: `${tenant.id}/keys/${id}.1.age`,
  });
  const cloud = sheet.places.find((place) => place.destinationId === bucket);
  expect(cloud?.place).toEqual([
    { label: "Endpoint", value: "https://s3.example.com" },
    { label: "Region", value: "eu-central-1" },
    { label: "Bucket", value: "acme-backups" },
    { label: "Prefix", value: "holdfast" },
  ]);
  expect(cloud?.keyFileObject).toBeNull();
  expect(sheet.places.find(({ name }) => name === "Appliance")?.place).toEqual([
    { label: "Server", value: "ftp.example.com" },
    { label: "Encryption", value: "TLS, explicit (usual)" },
    { label: "Port", value: "2121" },
    { label: "Folder", value: "backups/holdfast" },
  ]);
  expect(sheet.places.find(({ name }) => name === "Office")?.place).toEqual([
    { label: "Server", value: "files.example.com" },
    { label: "Port", value: "22" },
    { label: "Folder", value: "/srv/holdfast" },
  ]);
  for (const secret of ["very secret", "AKIA", "AGE-SECRET", "ENCRYPTED FILE", passphrase])
    expect(JSON.stringify(sheet)).not.toContain(secret);
});
