// Passkeys: asks the browser for one and sends the form with its answer (WebAuthn Level 3).
//
// The form holds its question in `data-passkey` (JSON) or says in `data-passkey-from` where to get one;
// `data-passkey-make` makes a new passkey, `data-passkey-autofill` also offers them beside saved addresses.
// Limit: a passkey belongs to a name; under a bare network address the browser has none to offer.

import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";

/** Whether the address shows numbers where a name should be. */
const nameless = () => /^\[|^[\d.]+$/.test(location.hostname);

function namelessWords() {
  const here = new URL(location.href);
  here.hostname = "localhost";
  const local = /^127\.|^\[::1\]$/.test(location.hostname);
  return local
    ? `Passkeys belong to a name, and this address is a number. Open ${here.origin} instead.`
    : "Passkeys belong to a name, and this address is a number. Open this page by its host name instead.";
}

const part = (form, name) => form.querySelector(`[data-passkey-${name}]`);

function say(form, words) {
  const place = part(form, "trouble");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

/** The question of this form; `{ step, options }`. */
async function question(form) {
  if (form.dataset.passkey) return { options: JSON.parse(form.dataset.passkey) };
  const seal = form.querySelector("input[name=csrf]").value;
  const answer = await fetch(form.dataset.passkeyFrom, { method: "POST", headers: { "x-csrf-token": seal } });
  if (!answer.ok) throw new Error(answer.status === 429 ? "Too many attempts. Wait a minute." : "Load the page again.");
  return answer.json();
}

async function ask(form, useBrowserAutofill) {
  const { step, options } = await question(form);
  const make = "passkeyMake" in form.dataset;
  const answer = make
    ? await startRegistration({ optionsJSON: options })
    : await startAuthentication({ optionsJSON: options, useBrowserAutofill });
  if (step) part(form, "step").value = step;
  part(form, "answer").value = JSON.stringify(answer);
  // Other fields of the form are for other ways.
  form.noValidate = !make;
  form.requestSubmit();
}

function wrong(error) {
  if (error.name === "NotAllowedError") return "No passkey was used: it was cancelled, or took too long.";
  if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
  return `No passkey could be used. ${error.message ?? ""}`.trim();
}

export function startPasskey(form) {
  if (!browserSupportsWebAuthn()) {
    say(form, form.hasAttribute("data-passkey-make") ? "This browser knows no passkeys." : "");
    return;
  }
  const button = part(form, "ask");
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("passkeyMake" in form.dataset && !form.reportValidity()) return;
    say(form, nameless() ? namelessWords() : "");
    if (nameless()) return;
    button.disabled = true;
    await ask(form, false).catch((error) => say(form, wrong(error)));
    button.disabled = false;
  });
  if ("passkeyAutofill" in form.dataset && !nameless()) {
    // Nothing to say when it ends without one: the person chose another way.
    browserSupportsWebAuthnAutofill().then((can) => can && ask(form, true)).catch(() => {});
  }
}
