/** Ends the session through next-auth's own form address, which ends the session's row, and goes to the sign-in page. */
export async function signOut(): Promise<void> {
  const csrf = (await (await fetch("/api/auth/csrf")).json()) as { csrfToken: string };
  await fetch("/api/auth/signout", { method: "POST", body: new URLSearchParams({ csrfToken: csrf.csrfToken, json: "true" }) });
  window.location.assign("/sign-in");
}
