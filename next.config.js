/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ["@node-rs/argon2", "age-encryption", "bullmq", "ioredis", "pg", "pino", "ssh2"],
};

export default config;
