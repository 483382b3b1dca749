// The log-in form: a dialog over whatever is there, until somebody is logged in.

import { useEffect, useRef, useState } from "react";

import * as session from "./session.js";

/** Shows the form while `open`, with `notice` above it. */
export function LogIn({ open, notice }) {
  const dialog = useRef(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
    if (!open) dialog.current.close();
    setError("");
  }, [open]);

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const { login, password } = form.elements;
    setBusy(true);
    setError("");
    try {
      await session.logIn(login.value, password.value);
      form.reset();
    } catch (refusal) {
      setError(refusal.message);
      password.value = "";
      password.focus();
    } finally {
      setBusy(false);
    }
  }

  return (
    <dialog
      ref={dialog}
      className="log-in"
      aria-labelledby="log-in-title"
      onCancel={(event) => event.preventDefault()}
      onClose={(event) => open && event.currentTarget.showModal()}
    >
      <form method="post" onSubmit={submit}>
        <h2 id="log-in-title">Log in to Switchboard</h2>
        {notice && <p role="status">{notice}</p>}
        <label htmlFor="login">Login</label>
        <input id="login" name="login" autoComplete="username" autoCapitalize="none" spellCheck="false" required autoFocus />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required />
        <p role="alert" id="log-in-error">{error}</p>
        <button id="log-in" type="submit" disabled={busy}>
          {busy ? "Logging in…" : "Log in"}
        </button>
      </form>
    </dialog>
  );
}
