/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Types are checked by `npm run check`, with everything else; a build is for running.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["@node-rs/argon2", "age-encryption", "bullmq", "ioredis", "pg", "pino", "ssh2"],
};

export default config;
