import { NextRequest } from "next/server.js";
import NextAuth, { type NextAuthOptions } from "next-auth";
import { decode, encode } from "next-auth/jwt";
import type { Context } from "#lib/auth/context.ts";
import { closeSession, findLiveSession, type LiveSession, SESSION_HOURS, type SessionClaim } from "#lib/auth/sessions.ts";
import { signIn } from "#lib/auth/sign-in.ts";
import { deriveSecret } from "#lib/crypto/data-key.ts";
import { env } from "#lib/env.ts";
import { BadRequestError, NotFoundError, NotSignedInError, TooManyRequestsError } from "#lib/errors.ts";
import { readBody } from "#lib/http/read-body.ts";
import { masterKey } from "#lib/installation.ts";
import { log } from "#lib/log.ts";

/**
 * next-auth's route handler. It signs the cookie; whether a session lives is decided by its row alone. Throws BadRequestError for a body
 * that is too large, which next-auth would read to its end, or is no form.
 */
export async function handleAuth(request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  process.env.NEXTAUTH_URL = env().HOLDFAST_URL;
  const handler = NextAuth as unknown as (req: Request, ctx: typeof context, options: NextAuthOptions) => Promise<Response>;
  return handler(await asForm(request), context, authOptions());
}

/** The request with its body read and found to be a form or JSON. */
async function asForm(request: NextRequest): Promise<NextRequest> {
  if (request.method !== "POST") return request;
  const body = await readBody(request);
  const isJson = request.headers.get("content-type")?.includes("application/json");
  if (isJson && !isJsonObject(body)) throw new BadRequestError("The request's body is not a JSON object.");
  return new NextRequest(request.url, { method: "POST", headers: request.headers, body });
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The live session behind a request's cookies, or null. Asks the database every time. */
export async function sessionOf(cookieHeader: string | null): Promise<LiveSession | null> {
  const token = readCookie(cookieHeader, sessionCookieName());
  if (!token) return null;
  const claim = await decode({ token, secret: cookieSecret() }).catch(() => null);
  const { sid, ver } = claim ?? {};
  return typeof sid === "string" && typeof ver === "number" ? findLiveSession({ sessionId: sid, version: ver }) : null;
}

/**
 * The context of a request to one tenant, named by slug or id. Throws NotSignedInError without a live session, and
 * NotFoundError for a tenant that does not exist or that the person does not belong to: the two look the same.
 */
export async function contextOf(cookieHeader: string | null, tenantName: string, address: string | null): Promise<Context> {
  const session = await sessionOf(cookieHeader);
  if (!session) throw new NotSignedInError();
  const membership = session.memberships.find(({ tenant }) => tenant.slug === tenantName || tenant.id === tenantName);
  if (!membership) throw new NotFoundError("tenant");
  const { sessionId, accountId, email, name } = session;
  const { memberId, role, tenant } = membership;
  return { actor: { kind: "member", accountId, memberId, sessionId, email, name, role }, tenant, address };
}

/** A Set-Cookie value for a session opened outside next-auth's own form (set-up, an accepted invitation). */
export async function sessionCookie(accountId: string, claim: SessionClaim): Promise<string> {
  const maxAge = SESSION_HOURS * 3600;
  const token = await encode({ token: { sub: accountId, sid: claim.sessionId, ver: claim.version }, secret: cookieSecret(), maxAge });
  const secure = env().HOLDFAST_URL.startsWith("https:") ? "; Secure" : "";
  return `${sessionCookieName()}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure}`;
}

function authOptions(): NextAuthOptions {
  return {
    secret: cookieSecret(),
    session: { strategy: "jwt", maxAge: SESSION_HOURS * 3600 },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: [
      {
        id: "credentials",
        name: "Holdfast",
        type: "credentials",
        credentials: { email: {}, password: {} },
        authorize: (credentials, request) => authorize(credentials, request.headers as Record<string, unknown>),
      },
    ],
    callbacks: {
      // Only at the sign-in does next-auth hand over what authorize answered; later the token comes back as it is.
      jwt: ({ token, user, trigger }) =>
        trigger === "signIn" && "claim" in user ? { sub: user.id, ...toTokenFields(user.claim as SessionClaim) } : token,
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token.sid === "string") await closeSession(token.sid, null);
      },
    },
  };
}

async function authorize(credentials: Record<string, unknown> | undefined, headers: Record<string, unknown>) {
  const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : null);
  // Sent as JSON, they may be anything.
  const given = (name: string) => (typeof credentials?.[name] === "string" ? credentials[name] : "");
  try {
    const opened = await signIn({
      email: given("email"),
      password: given("password"),
      address: text("x-forwarded-for")?.split(",").at(-1)?.trim() ?? null,
      userAgent: text("user-agent"),
    });
    return opened && { id: opened.accountId, claim: { sessionId: opened.sessionId, version: opened.version } };
  } catch (error) {
    // next-auth puts an error's message into the address of the sign-in page: only ours are meant for eyes.
    if (error instanceof TooManyRequestsError) throw new Error(`too-many-requests:${error.retryAfterSeconds}`, { cause: error });
    log.error({ err: error }, "A sign-in failed for an unknown reason");
    throw new Error("internal", { cause: error });
  }
}

function toTokenFields(claim: SessionClaim): { sid: string; ver: number } {
  return { sid: claim.sessionId, ver: claim.version };
}

function sessionCookieName(): string {
  return env().HOLDFAST_URL.startsWith("https:") ? "__Secure-next-auth.session-token" : "next-auth.session-token";
}

function cookieSecret(): string {
  return deriveSecret(masterKey(), "session-cookie").toString("base64url");
}

function readCookie(header: string | null, name: string): string | null {
  const pair = header?.split(/;\s*/).find((part) => part.startsWith(`${name}=`));
  // Ours is base64url with dots, which nothing needs to be decoded in.
  return pair?.slice(name.length + 1) ?? null;
}
