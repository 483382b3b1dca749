// Who is logged in: the tokens of this browser tab, and how they are got, renewed and forgotten.
// Both pages use it, the explorer and the plain one, so it imports nothing.

const STORE = "switchboard.session";
const RENEW_BEFORE = 30;

/** What the token endpoint refused, in words for a person. */
export class LoginError extends Error {}

let tokens = read();
let renewal = null;
const listeners = new Set();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE));
  } catch {
    return null;
  }
}

function keep(answer) {
  tokens = answer && {
    access: answer.access_token,
    refresh: answer.refresh_token ?? null,
    until: Date.now() + lifetime(answer) * 1000,
  };
  if (tokens) sessionStorage.setItem(STORE, JSON.stringify(tokens));
  else sessionStorage.removeItem(STORE);
}

/** For how many seconds the token serves: it is renewed before it ends. */
function lifetime({ expires_in: seconds = 900 }) {
  return Math.max(seconds / 2, seconds - RENEW_BEFORE);
}

function announce(reason) {
  for (const listener of listeners) listener(loggedIn(), reason);
}

/** True while there are tokens; the server may know better. */
export const loggedIn = () => tokens !== null;

/** Calls `listener(loggedIn, reason)` after each log-in and log-out; answers how to stop that. */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Trades a login name and a password for tokens. */
export async function logIn(login, password) {
  keep(await grant({ grant_type: "password", username: login, password }));
  announce("log-in");
}

/** Trades the single-use token of a login link for tokens. */
export async function redeem(token) {
  keep(null);
  keep(await grant({ grant_type: "login_link", token }));
  announce("log-in");
}

/** Takes the token of a login link out of the address bar, so that it is neither kept nor shared. */
export function takeLinkToken() {
  const url = new URL(location.href);
  const token = url.searchParams.get("token");
  if (token === null) return null;
  url.searchParams.delete("token");
  history.replaceState(history.state, "", url);
  return token;
}

/** Forgets the tokens because the person asked for it. */
export function logOut() {
  keep(null);
  announce("log-out");
}

/** Forgets the tokens because the server no longer takes them. */
export function expire() {
  if (!loggedIn()) return;
  keep(null);
  announce("expired");
}

/** The access token, renewed first when it is about to end; null when nobody is logged in. */
export async function accessToken() {
  if (renewal) await renewal;
  else if (tokens && tokens.until < Date.now()) await renew(tokens.access);
  return tokens?.access ?? null;
}

/**
 * Gets a new access token in place of one that the server refused; false when that cannot be done.
 * However many ask at once, a refresh token is used once: it is good for one use only.
 */
export async function renew(refused) {
  if (!tokens) return false;
  if (tokens.access !== refused) return true;
  if (!tokens.refresh) {
    expire();
    return false;
  }
  renewal ??= renewOnce(tokens).finally(() => (renewal = null));
  return renewal;
}

async function renewOnce(old) {
  try {
    const answer = await grant({ grant_type: "refresh_token", refresh_token: old.refresh });
    if (tokens !== old) return loggedIn();
    keep({ refresh_token: old.refresh, ...answer });
    return true;
  } catch (error) {
    // A server that is away or busy may take the same token in a minute; one that says no, will not.
    if (error.refused && tokens === old) expire();
    return false;
  }
}

async function grant(fields) {
  let response;
  try {
    response = await fetch("/oauth/token", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
  } catch {
    throw new LoginError("The server cannot be reached.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer?.access_token) return answer;
  const error = new LoginError(explain(response, answer));
  error.refused = response.status === 400 || response.status === 401 || response.status === 403;
  throw error;
}

function explain(response, answer) {
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After"));
    return seconds > 0
      ? `Too many attempts. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`
      : "Too many attempts. Try again later.";
  }
  return answer?.error_description || answer?.error || `The server answered ${response.status}.`;
}
