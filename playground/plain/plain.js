// The page without GraphiQL: for a build without Node, and for whoever wants a page without an editor.

import { post, whoIsLoggedIn } from "./http.js";
import * as session from "./session.js";

const FORBIDDEN = 4403;
const KEPT = 100;

const element = (id) => document.getElementById(id);
const main = document.querySelector("main");
const logInForm = element("log-in-form");
const operation = element("operation");

let socket = null;

// Logging in and out

function show(loggedIn, reason) {
  main.hidden = !loggedIn;
  logInForm.hidden = loggedIn;
  element("log-out").hidden = !loggedIn;
  element("who").textContent = "";
  element("notice").textContent = reason === "expired" ? "Your session has ended. What you wrote is still here." : "";
  if (loggedIn) {
    showViewer();
    return;
  }
  stop();
  if (reason === "log-out") element("response").textContent = "";
  element("login").focus();
}

async function showViewer() {
  try {
    element("who").textContent = await whoIsLoggedIn();
  } catch {
    // Who it is, is only told for comfort.
  }
}

logInForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { login, password } = logInForm.elements;
  const button = element("log-in");
  button.disabled = true;
  element("log-in-error").textContent = "";
  try {
    await session.logIn(login.value, password.value);
    logInForm.reset();
    element("query").focus();
  } catch (refusal) {
    element("log-in-error").textContent = refusal.message;
    password.value = "";
    password.focus();
  } finally {
    button.disabled = false;
  }
});

element("log-out").addEventListener("click", session.logOut);

// Running operations

operation.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});

operation.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});

element("stop").addEventListener("click", () => stop());

async function run() {
  stop();
  const request = { query: element("query").value };
  try {
    const variables = element("variables").value.trim();
    if (variables) request.variables = JSON.parse(variables);
  } catch (error) {
    print({ errors: [{ message: `The variables are no JSON: ${error.message}` }] });
    return;
  }
  element("response").textContent = "";
  if (isSubscription(request.query)) {
    subscribe(request);
    return;
  }
  element("state").textContent = "Running…";
  try {
    print(await post(request));
  } catch (error) {
    print({ errors: [{ message: error.message }] });
  } finally {
    element("state").textContent = "";
  }
}

/** True when the document's first operation is a subscription; comments and strings do not count. */
function isSubscription(query) {
  const bare = query.replace(/#.*|"""[^]*?"""|"(?:\\.|[^"\\])*"/g, "");
  return /^\s*(?:fragment\s[^{]*\{[^]*?\}\s*)*subscription\b/.test(bare);
}

function print(value) {
  element("response").textContent = JSON.stringify(value, null, 2);
}

// Subscriptions: the protocol graphql-transport-ws, newest event first

async function subscribe(request) {
  const token = await session.accessToken();
  const mine = new WebSocket(new URL("/graphql", location.href).href.replace(/^http/, "ws"), "graphql-transport-ws");
  socket = mine;
  const events = [];
  let count = 0;
  const say = (message) => mine.send(JSON.stringify(message));
  element("stop").disabled = false;
  element("state").textContent = "Connecting…";

  mine.addEventListener("open", () => {
    say({ type: "connection_init", payload: token ? { Authorization: `Bearer ${token}` } : {} });
  });
  mine.addEventListener("message", ({ data }) => {
    if (mine !== socket) return;
    const { type, payload } = JSON.parse(data);
    if (type === "ping") {
      say({ type: "pong" });
    } else if (type === "connection_ack") {
      say({ id: "1", type: "subscribe", payload: request });
      element("state").textContent = "Subscribed, no event so far";
    } else if (type === "next") {
      count += 1;
      events.unshift(JSON.stringify(payload, null, 2));
      events.length = Math.min(events.length, KEPT);
      element("response").textContent = events.join("\n\n");
      element("state").textContent = `Subscribed, ${count === 1 ? "1 event" : `${count} events`} so far`;
    } else if (type === "error") {
      print({ errors: payload });
      stop("The subscription was refused.");
    } else if (type === "complete") {
      stop("The subscription is complete.");
    }
  });
  mine.addEventListener("close", ({ code, reason }) => {
    if (mine !== socket) return;
    stop(`The server closed the connection (${code}${reason && `: ${reason}`}).`);
    if (code === FORBIDDEN && token) session.renew(token);
  });
}

function stop(state = "") {
  const old = socket;
  socket = null;
  old?.close(1000);
  element("stop").disabled = true;
  element("state").textContent = state;
}

// Samples

async function showSamples() {
  const response = await fetch("/playground/samples.json");
  if (!response.ok) return;
  const nav = element("samples");
  let list = null;
  let domain = null;
  for (const sample of await response.json()) {
    if (sample.domain !== domain) {
      domain = sample.domain;
      const heading = document.createElement("h3");
      heading.textContent = domain;
      list = document.createElement("ul");
      nav.append(heading, list);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.sample = `${sample.domain}/${sample.name}`;
    button.textContent = sample.title;
    button.addEventListener("click", () => {
      const query = element("query");
      query.value = sample.query;
      query.setSelectionRange(0, 0);
      query.focus();
      element("variables").value = sample.variables;
    });
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
}

session.onChange(show);
showSamples();

const token = session.takeLinkToken();
if (token === null) {
  show(session.loggedIn());
} else {
  session.redeem(token).catch((refusal) => {
    show(false);
    element("notice").textContent = `The log-in link did not work: ${refusal.message}`;
  });
}
