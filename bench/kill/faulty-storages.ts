import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bucketContents, type Contents, folderContents } from "./contents.ts";
import { type FaultProxy, startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { startFtpServer } from "#e2e/servers/ftp-server.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import { mountSmallDisk } from "#e2e/servers/small-disk.ts";
import { startSshd } from "#e2e/servers/sshd.ts";

const DISK_MIB = 96;
const MIB = 1024 * 1024;

export const storageKinds = ["s3", "sftp", "ftp"] as const;
export type StorageKind = (typeof storageKinds)[number];

/** A real server that keeps backups, behind a network that can be made to misbehave. */
export interface FaultyStorage {
  kind: StorageKind;
  /** Of a destination that goes through the proxy. */
  config: Record<string, unknown>;
  proxy: FaultProxy;
  /** Past the proxy and everything of ours. */
  contents: Contents;
  /** Its disk; null where it has none of its own. */
  disk: Disk | null;
  endFaults(): void;
  stop(): Promise<void>;
}

interface Disk {
  /** Fills it up but for so many MiB. */
  fill(leftMebibytes: number): Promise<void>;
  makeRoom(): void;
}

/** One of each kind. The SFTP and the FTP server have disks of their own where this account may mount them. */
export async function startFaultyStorages({ ownDisk }: { ownDisk: boolean }): Promise<Record<StorageKind, FaultyStorage>> {
  const [s3, sftp, ftp] = await Promise.all([startS3(), startSftp(ownDisk), startFtp(ownDisk)]);
  return { s3, sftp, ftp };
}

async function startS3(): Promise<FaultyStorage> {
  const server = await sharedS3();
  const bucket = `faults-${randomUUID()}`;
  await server.createBucket(bucket);
  const { hostname: host, port } = new URL(server.endpoint);
  const proxy = await startFaultProxy({ host, port: Number(port) }, "http");
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const credentials = { region, accessKeyId, secretAccessKey, bucket };
  return {
    kind: "s3",
    config: { ...credentials, endpoint: `http://${proxy.host}:${proxy.port}`, prefix: "kill" },
    contents: bucketContents({ ...credentials, endpoint }),
    ...faultyBy(proxy, null),
    stop: () => proxy.close(),
  };
}

async function startSftp(ownDisk: boolean): Promise<FaultyStorage> {
  const server = await startSshd();
  const mounted = ownDisk ? await mountSmallDisk(DISK_MIB, server.root) : null;
  const folder = mounted?.folder ?? server.root;
  const disk = mounted && diskAt(folder);
  const proxy = await startFaultProxy(server);
  const { user, privateKey, hostKeyFingerprint } = server;
  return {
    kind: "sftp",
    config: { host: proxy.host, port: proxy.port, user, privateKey, hostKey: `ssh-ed25519 ${hostKeyFingerprint}`, path: folder },
    contents: folderContents(dirname(folder)),
    ...faultyBy(proxy, disk),
    async stop() {
      await proxy.close();
      await mounted?.unmount();
      await server.stop();
    },
  };
}

async function startFtp(ownDisk: boolean): Promise<FaultyStorage> {
  const server = await startFtpServer(ownDisk ? { diskBytes: DISK_MIB * MIB } : {});
  const { host, ports, passivePorts, user, password } = server;
  const proxy = await startFaultProxy({ host, port: ports.plain, passivePorts });
  return {
    kind: "ftp",
    config: { host: proxy.host, port: proxy.port, security: "plain", user, password },
    contents: folderContents(dirname(server.root)),
    ...faultyBy(proxy, ownDisk ? diskAt(server.root) : null),
    async stop() {
      await proxy.close();
      await server.stop();
    },
  };
}

function faultyBy(proxy: FaultProxy, disk: Disk | null): Pick<FaultyStorage, "proxy" | "disk" | "endFaults"> {
  const endFaults = () => {
    proxy.resume();
    disk?.makeRoom();
  };
  return { proxy, disk, endFaults };
}

function diskAt(folder: string): Disk {
  const ballast = join(folder, "ballast");
  return {
    async fill(leftMebibytes) {
      const { bavail, bsize } = await statfs(folder);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftMebibytes * MIB));
    },
    makeRoom: () => rmSync(ballast, { force: true }),
  };
}
