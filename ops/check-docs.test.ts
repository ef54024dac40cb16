import { describe, expect, it } from "vitest";
import { deadNames, deadPaths, deadScripts, speaksOfOthers } from "#ops/check-docs.ts";

const files = [
  "lib/runs/run-backup.ts",
  "app/t/[tenant]/page.tsx",
  "app/api/auth/[...nextauth]/route.ts",
  "docs/operations.md",
  "README.md",
];

describe("deadPaths", () => {
  it.each([
    ["`lib/runs/run-backup.ts` and `lib/runs/` and lib/runs."],
    ["see docs/operations.md, or `app/t/[tenant]/page.tsx` (app/api/auth/[...nextauth]/route.ts)"],
    ["`<tenant>/keys/1.age`, https://example.com/lib/other.ts, `lib/<noun>/create.ts`, `lib/**/schemas.ts`"],
  ])("finds nothing in %j", (text) => {
    expect(deadPaths("README.md", text, files)).toEqual([]);
  });

  it.each([
    ["`lib/runs/run.ts`", "lib/runs/run.ts"],
    ["the folder lib/gone/, then", "lib/gone"],
    ["```\napp/t/page.tsx\n```", "app/t/page.tsx"],
    ["`scripts/make.mjs`", "scripts/make.mjs"],
  ])("finds what is not there in %j", (text, path) => {
    expect(deadPaths("README.md", text, files)).toEqual([`README.md names ${path}, which does not exist.`]);
  });
});

it("finds scripts that do not exist", () => {
  const text = "`npm start`, `npm test`, `npm run cli -- doctor`, npm run deploy";
  expect(deadScripts("README.md", text, ["start", "cli"])).toEqual([
    "README.md names npm run test, which does not exist.",
    "README.md names npm run deploy, which does not exist.",
  ]);
});

it("finds names that no source file has", () => {
  const text = "`startBackup` calls `withTenant(tenantId)`, which opens a `PrismaClient`; `word` and `Name` are prose.";
  expect(deadNames("ARCHITECTURE.md", text, new Set(["startBackup", "PrismaClient"]))).toEqual([
    "ARCHITECTURE.md names withTenant, which no source file has.",
  ]);
});

describe("speaksOfOthers", () => {
  const folder = ["", "home", "somebody"].join("/");

  it("finds a path of one machine and the address of a registry", () => {
    expect(speaksOfOthers("a.ts", `const file = "${folder}/x";`)).toEqual([`a.ts names ${folder}, a path of one machine.`]);
    expect(speaksOfOthers("package-lock.json", '"resolved": "https://registry.invalid/x.tgz"')).toHaveLength(1);
  });

  it("leaves our own paths alone", () => {
    expect(speaksOfOthers("a.ts", "app/home/page.tsx ./work/x ${data}/work/x ../root/x")).toEqual([]);
  });
});
