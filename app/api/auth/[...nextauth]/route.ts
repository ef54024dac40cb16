import { handleAuth } from "#lib/auth/session.ts";

export { handleAuth as GET, handleAuth as POST };
