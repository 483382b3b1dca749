// Queries and mutations by POST, as whoever is logged in. Both pages use it.

import * as session from "./session.js";

/**
 * Sends one request and answers the body. A token that the server no longer takes is renewed once;
 * credentials among the `headers` are the caller's own affair.
 */
export async function post(request, headers = {}) {
  if (new Headers(headers).has("Authorization")) return (await send(request, headers)).body;
  const token = await session.accessToken();
  const answer = await send(request, { ...headers, ...bearer(token) });
  if (!answer.refused || !(await session.renew(token))) return answer.body;
  const second = await send(request, { ...headers, ...bearer(await session.accessToken()) });
  if (second.refused) session.expire();
  return second.body;
}

const bearer = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

async function send(request, headers) {
  const all = new Headers({
    Accept: "application/graphql-response+json, application/json;q=0.9",
    "Content-Type": "application/json",
  });
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const response = await fetch("/graphql", { method: "POST", headers: all, body: JSON.stringify(request) });
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { errors: [{ message: text || `${response.status} ${response.statusText}` }] };
  }
  return { body, refused: response.status === 401 || unauthenticated(body) };
}

function unauthenticated(body) {
  return body?.data == null && body?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED");
}

/** Asks who is logged in, in words for the bar of the page; empty when the server does not say. */
export async function whoIsLoggedIn() {
  const query = "query Viewer { viewer { login role tenant { domain } } }";
  const { login, role, tenant } = (await post({ query, operationName: "Viewer" })).data?.viewer ?? {};
  return [login, role, tenant?.domain].filter(Boolean).join(" · ");
}
