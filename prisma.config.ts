import { defineConfig } from "prisma/config";

/** For Prisma's own tools; the project migrates with prisma/migrate.ts. */
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env["DATABASE_URL"] ?? "" },
});
